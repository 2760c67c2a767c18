import * as v from "valibot";
import { provisionAccess } from "../src/grants/provision-access.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireJumpCloud } from "../src/wiring/jumpcloud.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "provision-access",
  event: v.object({ requestId: v.string() }),
  wire: (platform) => {
    const environment = v.parse(environments["provision-access"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const directory = wireJumpCloud(environment, platform, tables, 5);
    return ({ requestId }) =>
      provisionAccess({ ...tables, jira, directory, memberships: directory }, requestId);
  },
  logged: ({ requestId }) => ({ requestId, did: "granted" }),
});
