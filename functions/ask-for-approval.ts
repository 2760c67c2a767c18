import * as v from "valibot";
import { askForApproval } from "../src/approvals/ask-for-approval.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireGraph, wireJumpCloud } from "../src/wiring/jumpcloud.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "ask-for-approval",
  event: v.object({ requestId: v.string(), token: v.string(), reminders: v.number() }),
  wire: (platform) => {
    const environment = v.parse(environments["ask-for-approval"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const directory = wireJumpCloud(environment, platform, tables, 1);
    const graph = wireGraph(environment, platform, tables);
    return (event) =>
      askForApproval({ ...tables, requests: tables.anyRequests, jira, directory, graph }, event);
  },
  logged: ({ requestId }) => ({ requestId, did: "asked" }),
});
