import * as v from "valibot";

/**
 * The environment variables of every function: the stack sets them by these types, the functions read them by these
 * schemas. `AWS_…` variables are Lambda's own.
 */

const tables = { REQUESTS_TABLE: v.string(), AUDIT_TABLE: v.string(), CATALOG_TABLE: v.string() };
const jira = { JIRA_URL: v.string(), JIRA_TOKEN_URL: v.string(), JIRA_SECRET: v.string() };
const jumpcloud = {
  JUMPCLOUD_URL: v.string(),
  JUMPCLOUD_TOKEN_URL: v.string(),
  JUMPCLOUD_SECRET: v.string(),
};

export const TablesEnvironment = v.object(tables);
export const JiraEnvironment = v.object(jira);
export const JumpCloudEnvironment = v.object(jumpcloud);

export const environments = {
  "receive-webhook": v.object({ WEBHOOK_SECRET: v.string(), QUEUE_URL: v.string() }),
  "reconcile-issue": v.object({
    ...tables,
    ...jira,
    STATE_MACHINE_ARN: v.string(),
    ACTIONS_MACHINE_ARN: v.string(),
  }),
  "sweep-requests": v.object({ ...tables, ...jira, QUEUE_URL: v.string(), SERVICE: v.string() }),
  "raise-synthetic-request": v.object({ ...tables, ...jira, SERVICE: v.string() }),
  "sync-catalog": v.object({ ...tables, ...jira, ...jumpcloud, SERVICE: v.string() }),
  "anchor-audit": v.object({ ...tables, ANCHOR_BUCKET: v.string(), SERVICE: v.string() }),
  "check-keys": v.object({ SECRETS: v.string(), SERVICE: v.string() }),
  "check-request": v.object({ ...tables, ...jira, ...jumpcloud }),
  "simulate-request": v.object({ ...tables, ...jira, ...jumpcloud }),
  "ask-for-approval": v.object({ ...tables, ...jira, ...jumpcloud }),
  "provision-access": v.object({ ...tables, ...jira, ...jumpcloud }),
  "hold-access": v.object({ ...tables, ...jira }),
  "revoke-access": v.object({ ...tables, ...jumpcloud }),
  "close-request": v.object({ ...tables, ...jira }),
  "call-operator": v.object({ ...tables, ...jira }),
  "check-actions": v.object({ ...tables, ...jira, ...jumpcloud }),
  "perform-actions": v.object({ ...tables, ...jira, ...jumpcloud }),
  "report-actions": v.object({ ...tables, ...jira }),
  "close-actions": v.object({ ...tables, ...jira }),
};

export type FunctionName = keyof typeof environments;
export type Environment<Name extends FunctionName> = v.InferOutput<(typeof environments)[Name]>;
