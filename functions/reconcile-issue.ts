import * as v from "valibot";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { readDoorbell } from "../src/requests/doorbell.ts";
import { reconcileIssue } from "../src/requests/reconcile-issue.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireTables } from "../src/wiring/tables.ts";
import { wireWorkflow } from "../src/wiring/workflow.ts";

/** One message of the queue at a time: the batch size is 1. */
const Event = v.object({ Records: v.strictTuple([v.object({ body: v.string() })]) });

export const { on, handler, event } = defineFunction({
  name: "reconcile-issue",
  event: Event,
  wire: (platform) => {
    const environment = v.parse(environments["reconcile-issue"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const workflow = wireWorkflow(
      { access: environment.STATE_MACHINE_ARN, actions: environment.ACTIONS_MACHINE_ARN },
      platform,
    );
    return ({ Records: [{ body }] }) => reconcileIssue({ ...tables, jira, workflow }, readDoorbell(body));
  },
  logged: (_, result) => ({ ...result }),
});
