import * as v from "valibot";
import { defineFunction } from "../src/lambda/define-function.ts";
import { checkRequest } from "../src/requests/check-request.ts";
import { JiraEnvironment, wireJira } from "../src/wiring/jira.ts";
import { JumpCloudEnvironment, wireJumpCloud } from "../src/wiring/jumpcloud.ts";
import { TablesEnvironment, wireTables } from "../src/wiring/tables.ts";

export const Environment = v.object({
  ...TablesEnvironment.entries,
  ...JiraEnvironment.entries,
  ...JumpCloudEnvironment.entries,
});

export const { on, handler } = defineFunction({
  name: "check-request",
  event: v.object({ requestId: v.string() }),
  wire: (platform) => {
    const environment = v.parse(Environment, platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const directory = wireJumpCloud(environment, platform, tables, 2);
    return ({ requestId }) => checkRequest({ ...tables, jira, directory }, requestId);
  },
  logged: ({ requestId }, result) => ({ requestId, ...(result ? { did: `next: ${result.next}` } : {}) }),
});
