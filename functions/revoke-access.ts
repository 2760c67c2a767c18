import * as v from "valibot";
import { revokeAccess } from "../src/grants/revoke-access.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { wireJumpCloud } from "../src/wiring/jumpcloud.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "revoke-access",
  event: v.object({ requestId: v.string(), undo: v.boolean() }),
  wire: (platform) => {
    const environment = v.parse(environments["revoke-access"], platform.environment);
    const tables = wireTables(environment, platform);
    const memberships = wireJumpCloud(environment, platform, tables, 3);
    return (event) => revokeAccess({ ...tables, memberships }, event);
  },
  logged: ({ requestId, undo }) => ({ requestId, did: undo ? "undone" : "revoked" }),
});
