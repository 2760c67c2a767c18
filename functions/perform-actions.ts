import * as v from "valibot";
import { performActions } from "../src/actions/perform-actions.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireChanges } from "../src/wiring/jumpcloud.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "perform-actions",
  event: v.object({
    requestId: v.string(),
    row: v.number(),
    error: v.optional(v.string()),
    cause: v.optional(v.string()),
  }),
  wire: (platform) => {
    const environment = v.parse(environments["perform-actions"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const directory = wireChanges(environment, platform, tables);
    return (event) => performActions({ ...tables, ...directory, jira }, event);
  },
  logged: ({ requestId, row }) => ({ requestId, did: `row ${row}` }),
});
