import * as v from "valibot";
import { holdAccess } from "../src/grants/hold-access.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "hold-access",
  event: v.object({ requestId: v.string(), token: v.string() }),
  wire: (platform) => {
    const environment = v.parse(environments["hold-access"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    return (event) => holdAccess({ ...tables, jira }, event);
  },
  logged: ({ requestId }) => ({ requestId, did: "holds" }),
});
