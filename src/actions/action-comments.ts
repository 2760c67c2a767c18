import type { TrailHead } from "../audit/audit-trail.ts";
import { type Comment, comment, moment, type Part } from "../requests/comment.ts";
import type { ActionPin, ActionRequest } from "../requests/request.ts";
import type { StepLoss } from "./pin-actions.ts";
import { type Row, type RowStep, rowTrail } from "./row.ts";

/** What Latchkey says on the tickets of actions. */

/** More than these would not be read. */
const mostLines = 20;

/** Internal, before anything is done: what would be lost. `names`: of the applications, as far as they are known. */
export function takesAway(
  requestId: string,
  title: string,
  takes: readonly StepLoss[],
  names: ReadonlyMap<string, string>,
): Comment {
  const losses = lossesByPerson(takes).map(
    ({ userId, accountId, applications, actions, outOfJira }): Part[] => [
      ...(accountId === undefined ? [`User ${userId} of JumpCloud`] : [{ mention: accountId }]),
      ` loses ${[...applications].map((id) => names.get(id) ?? id).join(", ")} by ${[...actions].join(", ")}.`,
      ...(outOfJira
        ? [" That takes away their account in Jira: they cannot use this service desk then."]
        : []),
    ],
  );
  const unlooked = takes.flatMap(({ action, radius }) => unlookedBy(action, radius.unlooked));
  const more = losses.length - mostLines;
  return comment(
    requestId,
    "takes away",
    [`Before this is done (${title}):`],
    ...losses.slice(0, mostLines),
    ...(more > 0 ? [[`And ${more} more lose something.`]] : []),
    ...unlooked,
  );
}

/** Several steps may take the same from somebody. */
function lossesByPerson(takes: readonly StepLoss[]) {
  const losses = new Map<
    string,
    {
      userId: string;
      accountId: string | undefined;
      applications: Set<string>;
      actions: Set<string>;
      outOfJira: boolean;
    }
  >();
  for (const { action, accountId, radius } of takes)
    for (const { userId, applications, outOfJira } of radius.people) {
      const known = losses.get(userId);
      losses.set(userId, {
        userId,
        accountId,
        applications: new Set([...(known?.applications ?? []), ...applications]),
        actions: new Set([...(known?.actions ?? []), action]),
        outOfJira: outOfJira || (known?.outOfJira ?? false),
      });
    }
  return [...losses.values()];
}

function unlookedBy(action: string, unlooked: number | undefined): Part[][] {
  if (unlooked === 0) return [];
  return unlooked === undefined
    ? [[`${action} may take something away from so many people that nobody has looked.`]]
    : [[`${action} may take something away from ${unlooked} more people, at whom nobody has looked.`]];
}

/** Everything is done. */
export function actionsDone(requestId: string, title: string, rows: readonly Row[]): Comment {
  return table(comment(requestId, "done", [`Done: ${title}`]), rows);
}

/** The rest is to come on a later day. */
export function actionsHeld(
  requestId: string,
  topic: string,
  { title, timeZone }: Pick<ActionPin, "title" | "timeZone">,
  rows: readonly Row[],
  until: number,
): Comment {
  return table(
    comment(requestId, topic, [`${title}: what is due is done. It goes on at ${moment(until, timeZone)}.`]),
    rows,
  );
}

/** Internal: applications whose owner leaves. Files are changed by people. */
export function toHandOver(
  requestId: string,
  owned: readonly { userId: string; accountId: string | undefined; applications: string[] }[],
): Comment {
  return comment(
    requestId,
    "to hand over",
    ...owned.map(({ userId, accountId, applications }): Part[] => [
      ...(accountId === undefined ? [`User ${userId} of JumpCloud`] : [{ mention: accountId }]),
      ` owns ${applications.join(", ")} in catalog.yaml: name somebody else there, or nobody can ask for them any more.`,
    ]),
  );
}

/** Internal: what no action does. */
export function toDoByHand(requestId: string, checklist: readonly string[]): Comment {
  return comment(
    requestId,
    "checklist",
    ["Please do this by hand:"],
    ...checklist.map((line): Part[] => [`☐ ${line}`]),
  );
}

/** Internal: what the audit trails can be held against, on another system than the one that keeps them. */
export function evidence(
  { requestId, issueKey, trail }: Pick<ActionRequest, "requestId" | "issueKey" | "trail">,
  rows: readonly Row[],
): Comment {
  const line = (name: string, { sequence, hash }: TrailHead): Part[] => [
    `Trail ${name}: ${sequence} entries so far, hash ${hash}.`,
  ];
  return comment(
    requestId,
    "evidence",
    [`“latchkey audit evidence ${issueKey} FILE” writes what was done, by whose word, and when.`],
    line(requestId, trail),
    ...rows.map((row) => line(rowTrail(row), row.trail)),
  );
}

/** What was still to come is not wanted any more. */
export function restLeftOut(requestId: string, title: string, rows: readonly Row[]): Comment {
  return table(
    comment(requestId, "rest left out", [
      `${title}: the ticket was moved, so what was still to come is not done.`,
    ]),
    rows,
  );
}

/** Something could not be done; an agent has to look. */
export function actionsIncomplete(
  requestId: string,
  topic: string,
  title: string,
  rows: readonly Row[],
): Comment {
  return table(
    comment(
      requestId,
      topic,
      [`Not everything could be done: ${title}`],
      ["Next: put right what the table names, and use “Try again”. What is done is left alone."],
    ),
    rows,
  );
}

/** One line for one row of several, or one for each step of the only one. */
function table(said: Comment, rows: readonly Row[]): Comment {
  const [only, ...others] = rows;
  const body: Part[][][] =
    only && others.length === 0
      ? only.steps.map((step) => [[step.action], [resultOf(step)]])
      : rows.map((row) => [
          whom(row),
          [row.steps.map((step) => `${step.action}: ${resultOf(step)}`).join("; ")],
        ]);
  return { ...said, table: body };
}

function whom({ accountId, userId }: Row): Part[] {
  if (accountId !== undefined) return [{ mention: accountId }];
  return [userId === undefined ? "" : `User ${userId} of JumpCloud`];
}

function resultOf({ state, error, message, notBefore }: RowStep): string {
  if (state === "failed" || state === "unclear") return `not done. ${error ?? ""}: ${message ?? ""}`;
  if (state === "to do") return notBefore === undefined ? "not begun" : `on ${moment(notBefore)}`;
  return state;
}
