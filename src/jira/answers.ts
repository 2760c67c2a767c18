import * as v from "valibot";
import type { Account, Issue } from "../requests/issue.ts";

/** What Jira's answers say of issues and people, as Latchkey sees them. */

export const User = v.object({
  accountId: v.string(),
  accountType: v.optional(v.string()),
  active: v.optional(v.boolean(), true),
  displayName: v.optional(v.string(), ""),
  emailAddress: v.nullish(v.string()),
  timeZone: v.nullish(v.string()),
});

export const IssueAnswer = v.object({
  id: v.string(),
  key: v.string(),
  fields: v.record(v.string(), v.unknown()),
  transitions: v.optional(v.array(v.object({ id: v.string(), to: v.object({ id: v.string() }) }))),
});
const IssueFields = v.object({
  project: v.object({ id: v.string() }),
  status: v.object({ id: v.string(), statusCategory: v.optional(v.object({ key: v.string() })) }),
  updated: v.string(),
  reporter: v.nullish(User),
});

export function toIssue({ id, key, fields, transitions }: v.InferOutput<typeof IssueAnswer>): Issue {
  const { project, status, updated, reporter } = v.parse(IssueFields, fields);
  return {
    id,
    key,
    projectId: project.id,
    statusId: status.id,
    isDone: status.statusCategory?.key === "done",
    updatedAt: Date.parse(updated),
    reporter: reporter ? toAccount(reporter) : undefined,
    fields,
    transitions: (transitions ?? []).map((transition) => ({ id: transition.id, to: transition.to.id })),
  };
}

export function toAccount(user: v.InferOutput<typeof User>): Account {
  const { accountId, accountType, active, displayName, emailAddress, timeZone } = user;
  return {
    accountId,
    active,
    kind: kindOf(accountType),
    displayName,
    ...(emailAddress ? { email: emailAddress } : {}),
    ...(timeZone ? { timeZone } : {}),
  };
}

function kindOf(accountType: string | undefined): Account["kind"] {
  return accountType === "atlassian" || accountType === "app" || accountType === "customer"
    ? accountType
    : "unknown";
}
