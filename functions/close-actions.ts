import * as v from "valibot";
import { closeActions } from "../src/actions/close-actions.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "close-actions",
  event: v.object({
    requestId: v.string(),
    outcome: v.picklist(["refused", "declined", "expired", "withdrawn"]),
    cause: v.optional(v.string()),
  }),
  wire: (platform) => {
    const environment = v.parse(environments["close-actions"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    return (event) => closeActions({ ...tables, requests: tables.actions, jira }, event);
  },
  logged: ({ requestId, outcome }) => ({ requestId, did: `told: ${outcome}` }),
});
