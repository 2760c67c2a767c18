import { SFNClient } from "@aws-sdk/client-sfn";
import * as v from "valibot";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { awsConfig } from "../src/lambda/platform.ts";
import { Doorbell } from "../src/requests/doorbell.ts";
import { reconcileIssue } from "../src/requests/reconcile-issue.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireTables } from "../src/wiring/tables.ts";
import { Executions } from "../src/workflow/executions.ts";

/** One message of the queue at a time: the batch size is 1. */
const Event = v.object({ Records: v.strictTuple([v.object({ body: v.string() })]) });

export const { on, handler } = defineFunction({
  name: "reconcile-issue",
  event: Event,
  wire: (platform) => {
    const environment = v.parse(environments["reconcile-issue"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const workflow = new Executions(new SFNClient(awsConfig(platform)), environment.STATE_MACHINE_ARN);
    return ({ Records: [{ body }] }) =>
      reconcileIssue({ ...tables, jira, workflow }, v.parse(Doorbell, JSON.parse(body)));
  },
  logged: (_, result) => ({ ...result }),
});
