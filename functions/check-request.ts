import * as v from "valibot";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { checkRequest } from "../src/requests/check-request.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireJumpCloud } from "../src/wiring/jumpcloud.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "check-request",
  event: v.object({ requestId: v.string() }),
  wire: (platform) => {
    const environment = v.parse(environments["check-request"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const directory = wireJumpCloud(environment, platform, tables, 2);
    return ({ requestId }) => checkRequest({ ...tables, jira, directory }, requestId);
  },
  logged: ({ requestId }, result) => ({
    requestId,
    ...(result ? { did: `next: ${result.next}` } : {}),
    ...(result?.rule === undefined ? {} : { rule: result.rule }),
  }),
});
