import * as v from "valibot";
import { shaped } from "../http/json.ts";
import type { Account, Issue } from "../requests/issue.ts";

/** What Jira's answers say of issues and people, as Latchkey sees them. */

/** Ids go into paths, into names of executions and into what is stored. */
export const Id = v.pipe(v.string(), v.regex(/^[\w:.@-]{1,128}$/));
const Key = v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]{0,49}-\d{1,12}$/));

/** Such as 2026-11-20T09:00:00.000+0000. */
export const Time = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);

/** Milliseconds since 1970 that a date can have. */
export const EpochMillis = v.pipe(
  v.number(),
  v.check((time) => time >= 0 && time <= 8.64e15),
);

export const User = v.object({
  accountId: Id,
  accountType: v.optional(v.string()),
  active: v.optional(v.boolean(), true),
  displayName: v.optional(v.string(), ""),
  emailAddress: v.nullish(v.string()),
  timeZone: v.nullish(v.string()),
});

export const IssueAnswer = v.object({
  id: Id,
  key: Key,
  fields: v.record(v.string(), v.unknown()),
  transitions: v.optional(
    v.pipe(
      v.array(v.object({ id: Id, to: v.object({ id: Id }), isGlobal: v.nullish(v.boolean()) })),
      v.check((transitions) => transitions.length <= 200),
    ),
  ),
});
const IssueFields = v.object({
  project: v.object({ id: Id }),
  status: v.object({ id: Id, statusCategory: v.optional(v.object({ key: v.string() })) }),
  updated: Time,
  reporter: v.nullish(User),
});

/** @throws UnexpectedAnswerError when the fields that every issue has are not as they must be */
export function toIssue({ id, key, fields, transitions }: v.InferOutput<typeof IssueAnswer>): Issue {
  const { project, status, updated, reporter } = shaped(fields, "fields of an issue", IssueFields);
  return {
    id,
    key,
    projectId: project.id,
    statusId: status.id,
    isDone: status.statusCategory?.key === "done",
    updatedAt: Date.parse(updated),
    reporter: reporter ? toAccount(reporter) : undefined,
    fields,
    transitions: (transitions ?? []).map((transition) => ({
      id: transition.id,
      to: transition.to.id,
      ...(transition.isGlobal ? { isGlobal: true } : {}),
    })),
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
