import * as v from "valibot";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { callOperator } from "../src/requests/call-operator.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "call-operator",
  event: v.object({ requestId: v.string(), error: v.string(), cause: v.string() }),
  wire: (platform) => {
    const environment = v.parse(environments["call-operator"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    return (event) => callOperator({ ...tables, requests: tables.anyRequests, jira }, event);
  },
  logged: ({ requestId, error }) => ({ requestId, did: "called an operator", error }),
});
