import * as v from "valibot";
import { checkActions } from "../src/actions/check-actions.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireLooks } from "../src/wiring/jumpcloud.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "check-actions",
  event: v.object({ requestId: v.string() }),
  wire: (platform) => {
    const environment = v.parse(environments["check-actions"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const directory = wireLooks(environment, platform, tables);
    return ({ requestId }) => checkActions({ ...tables, ...directory, jira }, requestId);
  },
  logged: ({ requestId }, result) => ({ requestId, ...(result ? { did: `next: ${result.next}` } : {}) }),
});
