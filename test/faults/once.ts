import type { LoggedCall } from "../../local/world/call-log.ts";
import { keys } from "../../local/world/company.ts";
import { statuses as jiraStatuses, statusIds } from "../../local/world/jira/workflow.ts";
import { type AuditEntry, firstBreak } from "../../src/audit/audit-trail.ts";
import type { LedgerEntry } from "../../src/grants/ledger.ts";
import type { Request } from "../../src/requests/request.ts";

/** What was recorded of one request, from outside of Latchkey and from what it keeps. */
export type Recording = {
  issueKey: string;
  /** Of this request, oldest first. */
  executions: { name: string; status: string }[];
  /** What came in at the simulated systems, and when, oldest first. */
  jira: LoggedCall[];
  jumpcloud: LoggedCall[];
  aws: { caller: string; operation: string; outcome: string; input: unknown }[];
  /** Every status into which the ticket came, oldest first. */
  moves: { to: string; by: string }[];
  /** What Latchkey said on the ticket. */
  comments: { public: boolean; text: string }[];
  request: Request;
  trail: AuditEntry[];
  /** Of the person whom the request is for. */
  ledger: LedgerEntry[];
  /** User ids by group, before the request and now. */
  before: Record<string, string[]>;
  now: Record<string, string[]>;
  /** Requests to JumpCloud whose answers were lost on the way. */
  unanswered: number;
  deadLetters: number;
};

/** What a fault allows. What is left out is what happens without one. */
export type Expected = {
  status: Request["status"];
  /** How its executions ended, oldest first. */
  runs?: string[];
  /** What happened to the person's memberships, by group: operations that changed something, in order. */
  changes?: Record<string, string[]>;
  /** The status in which the ticket is. */
  ticket?: keyof typeof statusIds;
  deadLetters?: number;
};

/** One that is no business of the request. */
export type Membership = { userId: string; groupId: string };

type End = Pick<Expected, "runs" | "ticket"> & { changes: string[] };
const withoutAccess = { runs: ["SUCCEEDED"], changes: [] };
const waiting = { runs: ["RUNNING"], changes: [] };

const usual: Record<Request["status"], End> = {
  requested: waiting,
  checked: waiting,
  asked: { ...waiting, ticket: "waitingForApproval" },
  blocked: { ...waiting, ticket: "approved" },
  approved: { ...waiting, ticket: "approved" },
  granted: { runs: ["SUCCEEDED"], changes: ["add"], ticket: "granted" },
  ending: { runs: ["RUNNING"], changes: ["add"], ticket: "granted" },
  ended: { runs: ["SUCCEEDED"], changes: ["add", "remove"], ticket: "ended" },
  declined: { ...withoutAccess, ticket: "declined" },
  refused: { ...withoutAccess, ticket: "closed" },
  expired: { ...withoutAccess, ticket: "closed" },
  withdrawn: { ...withoutAccess, ticket: "canceled" },
  failed: { runs: ["FAILED"], changes: [], ticket: "needsAttention" },
};

/**
 * Whether everything was done once: one execution that came to its end, each membership written once, the ticket closed once, one
 * whole audit trail, a ledger that agrees with JumpCloud, and nobody in a group without an approval.
 *
 * @returns what is wrong, in words; nothing when all is well
 */
export function notOnce(recording: Recording, expected: Expected, besides: Membership[] = []): string[] {
  const wanted = usual[expected.status];
  const all = { ...wanted, ...expected };
  return [
    ...wrong("request", recording.request.status, expected.status),
    ...wrong("generation", recording.request.generation, 1),
    ...wrong("dead letters", recording.deadLetters, expected.deadLetters ?? 0),
    ...executions(recording, all.runs ?? []),
    ...memberships(recording, changesOf(recording, expected), besides),
    ...approval(recording),
    ...ticket(recording, all.ticket),
    ...auditTrail(recording),
    ...ledger(recording),
  ];
}

function wrong(what: string, is: unknown, wanted: unknown): string[] {
  const [found, right] = [JSON.stringify(is), JSON.stringify(wanted)];
  return found === right ? [] : [`${what}: ${found}, and not ${right}`];
}

function repeated(what: string, all: string[]): string[] {
  return all.filter((one, index) => all.indexOf(one) !== index).map((one) => `${what} twice: ${one}`);
}

function executions({ executions: all, issueKey, aws }: Recording, runs: string[]): string[] {
  const names = all.map(({ name }) => name);
  const started = aws.filter(({ operation, outcome }) => operation === "StartExecution" && outcome === "ok");
  const inputs = started.map(({ input }) => input as { name: string; input: string });
  return [
    ...wrong(
      "executions",
      all.map(({ status }) => status),
      runs,
    ),
    ...wrong(
      "names of executions",
      names,
      runs.map((_, index) => `${issueKey}-1${index === 0 ? "" : `-run${index + 1}`}`),
    ),
    ...inputs
      .filter(
        (one) =>
          names.includes(one.name) && inputs.some((two) => two.name === one.name && two.input !== one.input),
      )
      .map(({ name }) => `started with two inputs: ${name}`),
    ...aws
      .filter(({ outcome }) => outcome === "AccessDeniedException")
      .map(({ caller, operation }) => `${caller} may not ${operation}`),
  ];
}

type Write = {
  at: number;
  groupId: string;
  userId: string;
  op: string;
  isEffective: boolean;
  /** Whether all was as wanted already. */
  isIdle: boolean;
  /** Whether Latchkey cannot know what came of it. */
  isLost: boolean;
};

/** Every try to change a membership, and whether it changed one. */
export function membershipWrites({ jumpcloud, before }: Pick<Recording, "jumpcloud" | "before">): Write[] {
  const members = new Set(
    Object.entries(before).flatMap(([group, users]) => users.map((user) => `${group} ${user}`)),
  );
  return jumpcloud.flatMap(({ at, method, path, request, status, lost }) => {
    const [, groupId] = /^\/api\/v2\/usergroups\/([^/]+)\/members$/.exec(path) ?? [];
    if (method !== "POST" || groupId === undefined) return [];
    const { op, id: userId } = request as { op: string; id: string };
    const membership = `${groupId} ${userId}`;
    const isDone = status !== undefined && (status < 300 || status === 404 || status === 409);
    const isEffective = isDone && members.has(membership) === (op === "remove");
    if (isEffective && op === "add") members.add(membership);
    if (isEffective && op === "remove") members.delete(membership);
    const isLost = lost === true || status === undefined || status >= 429;
    return [{ at, groupId, userId, op, isEffective, isIdle: isDone && !isEffective, isLost }];
  });
}

function beneficiaryOf({ request }: Recording): string | undefined {
  const held = request.status === "failed" ? request.before : request;
  return "pin" in held ? held.pin?.beneficiary.userId : undefined;
}

/** What must have happened to the person's memberships. */
function changesOf({ request }: Recording, { changes, status }: Expected): Record<string, string[]> {
  const pinned = "pin" in request ? (request.pin?.groups ?? []) : [];
  return changes ?? Object.fromEntries(pinned.map((group) => [group, usual[status].changes]));
}

/** The memberships that the request must have given and not taken back. */
export function givenBy(recording: Recording, expected: Expected): Membership[] {
  const userId = beneficiaryOf(recording);
  const changes = Object.entries(changesOf(recording, expected));
  return changes.flatMap(([groupId, ops]) =>
    ops.length === 0 || userId === undefined ? [] : [{ userId, groupId }],
  );
}

function memberships(
  recording: Recording,
  changes: Record<string, string[]>,
  besides: Membership[],
): string[] {
  const { before, now, unanswered } = recording;
  const userId = beneficiaryOf(recording);
  const isOurs = (one: Membership) =>
    !besides.some((other) => other.userId === one.userId && other.groupId === one.groupId);
  const writes = membershipWrites(recording).filter(isOurs);
  const found: string[] = [];
  for (const groupId of new Set([...Object.keys(changes), ...Object.keys(before), ...Object.keys(now)])) {
    const done = writes.filter((write) => write.groupId === groupId && write.isEffective);
    const wanted = changes[groupId];
    found.push(
      ...wrong(
        `changes of ${groupId}`,
        done.map(({ op }) => op),
        wanted ?? [],
      ),
      ...done
        .filter((write) => write.userId !== userId)
        .map((write) => `somebody else was changed: ${write.userId}`),
    );
    const isOther = (id: string) => isOurs({ userId: id, groupId }) && (id !== userId || !wanted?.length);
    const others = (members: string[] = []) => members.filter(isOther).sort();
    found.push(...wrong(`members of ${groupId}`, others(now[groupId]), others(before[groupId])));
    const isMember = userId !== undefined && now[groupId]?.includes(userId) === true;
    if (wanted?.length) found.push(...wrong(`member of ${groupId}`, isMember, wanted.at(-1) === "add"));
  }
  const idle = writes.filter((write) => write.isIdle).length;
  const lost = writes.filter((write) => write.isLost).length + unanswered;
  return idle > lost
    ? [...found, `${idle} writes that changed nothing, and only ${lost} answers were lost`]
    : found;
}

/** Jira's own record counts, not what Latchkey says of it. */
function approval(recording: Recording): string[] {
  const { request, jira } = recording;
  const held = request.status === "failed" ? request.before : request;
  const pin = "pin" in held ? held.pin : undefined;
  const own = [pin?.requester.accountId, pin?.beneficiary.accountId];
  const userId = beneficiaryOf(recording);
  const added = membershipWrites(recording).filter(
    (write) => write.op === "add" && write.isEffective && write.userId === userId,
  );
  const approvals = jira.filter(({ method, path, request: body, status, by }) => {
    const isDecision = method === "POST" && /\/approval\/\d+$/.test(path) && status === 200;
    return isDecision && (body as { decision: string }).decision === "approve" && !own.includes(by);
  });
  if (pin?.automatic !== undefined) return [];
  const asked = "decisions" in held ? held.decisions.flatMap(({ approvers }) => approvers) : [];
  return added
    .filter((write) => !approvals.some(({ at, by = "" }) => at <= write.at && asked.includes(by)))
    .map(({ groupId }) => `access without an approval: ${groupId}`);
}

function ticket({ moves, comments, request }: Recording, wanted: Expected["ticket"]): string[] {
  const nameOf = (id: string | undefined) => jiraStatuses.find((status) => status.id === id)?.name;
  const closing = jiraStatuses.filter(({ category }) => category === "done").map(({ name }) => name);
  return [
    ...(wanted === undefined ? [] : wrong("ticket", moves.at(-1)?.to ?? "Open", nameOf(statusIds[wanted]))),
    ...repeated(
      "closed",
      moves.map(({ to }) => to).filter((to) => closing.includes(to)),
    ),
    ...repeated(
      "said",
      comments.map(({ text }) => text),
    ),
    ...repeated("told", request.told),
  ];
}

function auditTrail({ trail, request }: Recording): string[] {
  const count = (action: AuditEntry["action"]) => trail.filter((entry) => entry.action === action).length;
  const hasAccess = ["granted", "ending", "ended"].includes(request.status);
  const { sequence, hash } = trail.at(-1) ?? { sequence: 0, hash: "" };
  return [
    ...wrong("break of the audit trail", firstBreak(trail), undefined),
    ...wrong(
      "last entry of the audit trail",
      { sequence, hash },
      { sequence: request.trail.sequence, hash: request.trail.hash },
    ),
    ...repeated(
      "audit entry",
      trail.map(({ id }) => id),
    ),
    ...wrong("access.granted", count("access.granted"), hasAccess ? 1 : 0),
    ...wrong("access.ended", count("access.ended"), request.status === "ended" ? 1 : 0),
    ...trail
      .filter(({ policyVersion }) => policyVersion === undefined)
      .map(({ id }) => `by no policy: ${id}`),
    ...trail
      .filter(({ requestId }) => requestId !== request.requestId)
      .map(({ id }) => `of another request: ${id}`),
  ];
}

function ledger(recording: Recording): string[] {
  const { ledger: entries, now, request } = recording;
  const { requestId } = request;
  const found = entries.flatMap(({ userId, groupId, reasons, existedBefore }) => {
    const isMember = now[groupId]?.includes(userId) ?? false;
    const isHeld = Object.values(reasons).includes("held");
    return [
      ...Object.keys(reasons)
        .filter((id) => reasons[id] === "leaving")
        .map((id) => `${id} is still leaving ${groupId}`),
      ...(isHeld && !isMember ? [`in the ledger, and not in JumpCloud: ${groupId}`] : []),
      ...(!isHeld && isMember && !existedBefore ? [`in JumpCloud, and not in the ledger: ${groupId}`] : []),
    ];
  });
  const groups = request.status === "granted" ? request.pin.groups.toSorted() : [];
  const held = entries
    .filter(({ reasons }) => reasons[requestId] !== undefined)
    .map(({ groupId }) => groupId);
  return [...found, ...wrong("groups held in the ledger", held.sort(), groups)];
}

/** Latchkey's calls at Jira, which others call too. */
export function callsOfLatchkey(calls: LoggedCall[]): LoggedCall[] {
  return calls.filter(({ by }) => by === keys.jiraServiceAccountId);
}
