import * as z from "zod/mini";
import { fieldIds } from "./fields.ts";

const settingsSchema = z.object({
  /** How the workflow's approval step decides. */
  approval: z.object({
    /** Which field the approvers are taken from when a request enters the step. */
    field: z.enum([fieldIds.approvers, fieldIds.approverGroups]),
    /** `number` of approvals (at most 20), `percent` of the approvers, or `numberPerPrincipal`: per approver group. */
    conditionType: z.enum(["number", "percent", "numberPerPrincipal"]),
    conditionValue: z.int().check(z.positive()),
    excludeReporter: z.boolean(),
  }),
  /**
   * Whether editing the approver field changes a pending approval. What Jira does is not documented, so a caller
   * has to be right both ways.
   */
  approversFollowField: z.boolean(),
  /** How far reads of one issue are behind writes, in milliseconds. */
  readsLagMs: z.int().check(z.nonnegative()),
  /** How far searches are behind writes, in milliseconds; issues named in `reconcileIssues` are current. */
  searchLagMs: z.int().check(z.nonnegative()),
  /** The body that the automation rule "when an access request is created" sends, if it is switched on. */
  automation: z.enum(["off", "custom", "jira-format", "automation-format"]),
  /** How long a receiver of webhooks may take to answer. Jira does not publish its own limit. */
  webhookTimeoutMs: z.int().check(z.positive()),
});

export type JiraSettings = z.output<typeof settingsSchema>;

export const partialSettingsSchema = z.partial(
  z.extend(settingsSchema, {
    approval: z.partial(settingsSchema.shape.approval),
  }),
);

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
    webhookTimeoutMs: 10_000,
  };
}
