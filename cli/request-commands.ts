import { type Row, rowTrail } from "../src/actions/row.ts";
import { type AuditEntry, firstBreak } from "../src/audit/audit-trail.ts";
import { describeEntry } from "../src/audit/describe.ts";
import { endGrant } from "../src/grants/end-grants.ts";
import { switchTrail } from "../src/grants/grant-switch.ts";
import { inWords } from "../src/policy/duration.ts";
import { policyTrail } from "../src/policy/second-person.ts";
import { isOver } from "../src/requests/life.ts";
import { keepRunning, runAgain } from "../src/requests/open-request.ts";
import type { AnyRequest, Pin } from "../src/requests/request.ts";
import type { Connection } from "./connection.ts";
import { moment, type Output, print } from "./print.ts";

export async function showRequest(connection: Connection, key: string, output: Output): Promise<void> {
  const requests = await findRequests(connection, key);
  const shown = await withRows(connection, requests);
  print(output, shown, () => shown.flatMap(describeRequest));
}

/** A request for actions, with what was to be done for each person, too. */
export type Shown = AnyRequest & { rows?: Row[] };

/** Reads the rows of the requests that have some. */
export async function withRows({ rows }: Connection, requests: AnyRequest[]): Promise<Shown[]> {
  const found: Shown[] = [];
  for (const request of requests)
    found.push(
      request.kind === "actions" ? { ...request, rows: await rows.all(request.requestId) } : request,
    );
  return found;
}

function describeRow({ index, userId, steps }: Row): string[] {
  return steps.map(({ action, state, error, message, notBefore }) => {
    const who = userId === undefined ? "" : `JumpCloud user ${userId}, `;
    const when = state === "to do" && notBefore !== undefined ? `, on ${moment(notBefore)}` : "";
    const why = error === undefined ? when : `, ${error}: ${message ?? ""}`;
    return `  ${`row ${index + 1}`.padEnd(11)}  ${who}${action}: ${state}${why}`;
  });
}

/** The audit trails of a ticket's requests; those for actions have one for each person, too. */
export async function trailsOf(connection: Connection, key: string): Promise<string[]> {
  const ids: string[] = [];
  for (const { requestId, kind } of await findRequests(connection, key)) {
    const rows = kind === "actions" ? await connection.rows.all(requestId) : [];
    ids.push(requestId, ...rows.map(rowTrail));
  }
  return ids;
}

/** Starts another run for a request whose last one needs an operator, or was stopped. */
export async function retryRequest(connection: Connection, key: string, output: Output): Promise<void> {
  const request = newest(await findRequests(connection, key));
  const deps = { ...connection, requests: connection.anyRequests };
  if (request.status === "failed") await runAgain(deps, request);
  else if (isOver(request) || isLasting(request))
    throw new Error(`${key} is ${request.status}; there is nothing to go on with.`);
  else if (!(await keepRunning(deps, request)))
    throw new Error(`${key} is ${request.status}, and a run is at work on it.`);
  print(output, { requestId: request.requestId }, () => [`Another run goes on with ${key}.`]);
}

/** Access without an end has no run any more. */
function isLasting(request: AnyRequest): boolean {
  return (
    request.status === "granted" && request.grant.endsAt === undefined && request.told.includes("granted")
  );
}

/** Ends access before its time: tells the run that holds it, or starts one. */
export async function endRequest(connection: Connection, key: string, output: Output): Promise<void> {
  const request = newest(await findRequests(connection, key));
  if (request.kind === "actions" || !(await endGrant(connection, request)))
    throw new Error(`${key} is ${request.status}; nobody has access by it.`);
  print(output, { requestId: request.requestId }, () => [`The access of ${key} is being taken away.`]);
}

export async function showAudit(connection: Connection, key: string, output: Output): Promise<void> {
  const trails: { requestId: string; entries: AuditEntry[]; broken: number | undefined }[] = [];
  const ids = [policyTrail, switchTrail].includes(key) ? [key] : await trailsOf(connection, key);
  for (const requestId of ids) {
    const entries = await connection.audit.entries(requestId);
    trails.push({ requestId, entries, broken: firstBreak(entries) });
  }
  print(output, trails, () =>
    trails.flatMap(({ requestId, entries, broken }) => [
      requestId === key ? `Trail of ${key}` : `Request ${requestId}`,
      ...entries.map(
        (entry) =>
          `  ${String(entry.sequence).padStart(3)}  ${moment(entry.at)}  ${describeEntry(entry, (id) => id)}`,
      ),
      broken === undefined
        ? `  The chain of ${entries.length} entries is whole.`
        : `  THE CHAIN IS BROKEN at entry ${broken}: the trail was tampered with.`,
    ]),
  );
}

export async function findRequests({ anyRequests }: Connection, key: string): Promise<AnyRequest[]> {
  const found = await anyRequests.byKey(key);
  if (found.length === 0) throw new Error(`No request is known for ${key}. Is the key right, and the stage?`);
  return found;
}

function newest(requests: AnyRequest[]): AnyRequest {
  const last = requests.at(-1);
  if (!last) throw new Error("No request.");
  return last;
}

/** How a request stands, a line for each thing that is known. */
export function describeRequest(request: Shown): string[] {
  const facts = [
    ...factsOf(request.status === "failed" ? request.before : request),
    ...(request.status === "failed"
      ? [["failed", `${moment(request.failure.at)}, ${request.failure.error}: ${request.failure.message}`]]
      : []),
    ["opened", moment(request.createdAt)],
    ["changed", moment(request.updatedAt)],
  ];
  return [
    `${request.issueKey}  ${request.status}  (request ${request.requestId})`,
    ...facts.map(([label = "", text]) => `  ${label.padEnd(11)}  ${text}`),
    ...(request.rows ?? []).flatMap(describeRow),
  ];
}

/** What there is to say of a request in its status, as labels and texts. */
function factsOf(request: Exclude<AnyRequest, { status: "failed" }>): string[][] {
  const facts: string[][] = [];
  const add = (label: string, ...texts: (string | undefined)[]) =>
    facts.push([label, texts.filter((text) => text !== undefined).join(", ")]);
  if ("pin" in request && request.pin) {
    const { title, requester, policyVersion } = request.pin;
    if ("affected" in request.pin) add("for", title);
    else add("for", title, lengthOf(request.pin));
    add("requester", requester.accountId);
    if ("affected" in request.pin) add("affected", ...request.pin.affected);
    else
      add(
        "beneficiary",
        request.pin.beneficiary.accountId,
        `JumpCloud user ${request.pin.beneficiary.userId}`,
      );
    add("policy", `version ${policyVersion}`);
  }
  if ("asked" in request) {
    const { approvers, source, stage } = request.asked;
    add("asked", `${approvers.join(", ")} (${source})`, `approval ${stage + 1}`);
  }
  if ("decisions" in request)
    for (const { outcome, by, at, evidence } of request.decisions)
      add(outcome, by.join(", "), moment(at), evidence);
  if ("grant" in request) {
    const { at, endsAt } = request.grant;
    add(
      "granted",
      moment(at),
      endsAt === undefined || "end" in request ? undefined : `ends ${moment(endsAt)}`,
    );
  }
  if ("end" in request) {
    const { at, why, by } = request.end;
    add(request.status, moment(at), why === "time" ? "at its time" : "early", by && `by ${by}`);
  }
  if ("why" in request) add("why", request.why);
  return facts;
}

function lengthOf({ seconds }: Pin): string {
  return seconds === undefined ? "without an end" : `for ${inWords(seconds)}`;
}
