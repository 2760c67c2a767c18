import * as v from "valibot";
import { reportActions } from "../src/actions/report-actions.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "report-actions",
  event: v.object({ requestId: v.string() }),
  wire: (platform) => {
    const environment = v.parse(environments["report-actions"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    return ({ requestId }) => reportActions({ ...tables, jira }, requestId);
  },
  logged: ({ requestId }, result) => ({
    requestId,
    ...(result ? { did: `reported: ${result.outcome}` } : {}),
  }),
});
