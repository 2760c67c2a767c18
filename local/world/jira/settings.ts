import * as v from "valibot";
import { notNegative, positive, someOf, type ValuesOf } from "../../json-schemas.ts";
import { keys } from "../company.ts";
import { fieldIds } from "./fields.ts";

/** How the workflow's approval step decides. */
const approval = {
  /** Which field the approvers are taken from when a request enters the step. */
  field: v.picklist([fieldIds.approvers, fieldIds.approverGroups]),
  /** `number` of approvals (at most 20), `percent` of the approvers, or `numberPerPrincipal`: per approver group. */
  conditionType: v.picklist(["number", "percent", "numberPerPrincipal"]),
  conditionValue: positive,
  excludeReporter: v.boolean(),
};

const others = {
  /**
   * Whether editing the approver field changes a pending approval. What Jira does is not documented, so a caller
   * has to be right both ways.
   */
  approversFollowField: v.boolean(),
  /** How far reads of one issue are behind writes, in milliseconds. */
  readsLagMs: notNegative,
  /** How far searches are behind writes, in milliseconds; issues named in `reconcileIssues` are current. */
  searchLagMs: notNegative,
  /** The body that the automation rule "when an access request is created" sends, if it is switched on. */
  automation: v.picklist(["off", "custom", "jira-format", "automation-format"]),
  /** The token that the automation rule sends. */
  automationToken: v.string(),
  /** The API tokens of the service account that are good. */
  apiTokens: v.array(v.string()),
  /** How long a receiver of webhooks may take to answer. Jira does not publish its own limit. */
  webhookTimeoutMs: positive,
};

export type JiraSettings = ValuesOf<typeof others> & { approval: ValuesOf<typeof approval> };

/** What `PUT /_simulated/settings` accepts: any of the settings. */
export const settingsBody = someOf({ ...others, approval: someOf(approval) });

export function defaultSettings(): JiraSettings {
  return {
    approval: {
      field: fieldIds.approvers,
      conditionType: "number",
      conditionValue: 1,
      excludeReporter: false,
    },
    approversFollowField: true,
    readsLagMs: 0,
    searchLagMs: 0,
    automation: "off",
    automationToken: keys.automationToken,
    apiTokens: [keys.jiraApiToken],
    webhookTimeoutMs: 10_000,
  };
}
