import * as v from "valibot";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { closeRequest } from "../src/requests/close-request.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "close-request",
  event: v.object({
    requestId: v.string(),
    outcome: v.picklist(["granted", "ended", "refused", "declined", "expired", "withdrawn"]),
    cause: v.optional(v.string()),
  }),
  wire: (platform) => {
    const environment = v.parse(environments["close-request"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    return (event) => closeRequest({ ...tables, jira }, event);
  },
  logged: ({ requestId, outcome }) => ({ requestId, did: `told: ${outcome}` }),
});
