import { type AuditEntry, firstBreak } from "../src/audit/audit-trail.ts";
import { describeEntry } from "../src/audit/describe.ts";
import { endGrant } from "../src/grants/end-grants.ts";
import { switchTrail } from "../src/grants/grant-switch.ts";
import { inWords } from "../src/policy/duration.ts";
import { policyTrail } from "../src/policy/second-person.ts";
import { isOver } from "../src/requests/life.ts";
import { keepRunning, runAgain } from "../src/requests/open-request.ts";
import type { Request } from "../src/requests/request.ts";
import type { Connection } from "./connection.ts";
import { moment, type Output, print } from "./print.ts";

export async function showRequest(connection: Connection, key: string, output: Output): Promise<void> {
  const requests = await find(connection, key);
  print(output, requests, () => requests.flatMap(describe));
}

/** Starts another run for a request whose last one needs an operator, or was stopped. */
export async function retryRequest(connection: Connection, key: string, output: Output): Promise<void> {
  const request = newest(await find(connection, key));
  if (request.status === "failed") await runAgain(connection, request);
  else if (isOver(request) || isLasting(request))
    throw new Error(`${key} is ${request.status}; there is nothing to go on with.`);
  else if (!(await keepRunning(connection, request)))
    throw new Error(`${key} is ${request.status}, and a run is at work on it.`);
  print(output, { requestId: request.requestId }, () => [`Another run goes on with ${key}.`]);
}

/** Access without an end has no run any more. */
function isLasting(request: Request): boolean {
  return (
    request.status === "granted" && request.grant.endsAt === undefined && request.told.includes("granted")
  );
}

/** Ends access before its time: tells the run that holds it, or starts one. */
export async function endRequest(connection: Connection, key: string, output: Output): Promise<void> {
  const request = newest(await find(connection, key));
  if (!(await endGrant(connection, request)))
    throw new Error(`${key} is ${request.status}; nobody has access by it.`);
  print(output, { requestId: request.requestId }, () => [`The access of ${key} is being taken away.`]);
}

export async function showAudit(connection: Connection, key: string, output: Output): Promise<void> {
  const trails: { requestId: string; entries: AuditEntry[]; broken: number | undefined }[] = [];
  const ids = [policyTrail, switchTrail].includes(key)
    ? [key]
    : (await find(connection, key)).map(({ requestId }) => requestId);
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

async function find({ requests }: Connection, key: string): Promise<Request[]> {
  const found = await requests.byKey(key);
  if (found.length === 0) throw new Error(`No request is known for ${key}. Is the key right, and the stage?`);
  return found;
}

function newest(requests: Request[]): Request {
  const last = requests.at(-1);
  if (!last) throw new Error("No request.");
  return last;
}

function describe(request: Request): string[] {
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
  ];
}

/** What there is to say of a request in its status, as labels and texts. */
function factsOf(request: Exclude<Request, { status: "failed" }>): string[][] {
  const facts: string[][] = [];
  const add = (label: string, ...texts: (string | undefined)[]) =>
    facts.push([label, texts.filter((text) => text !== undefined).join(", ")]);
  if ("pin" in request && request.pin) {
    const { title, seconds, requester, beneficiary, policyVersion } = request.pin;
    add("for", title, seconds === undefined ? "without an end" : `for ${inWords(seconds)}`);
    add("requester", requester.accountId);
    add("beneficiary", beneficiary.accountId, `JumpCloud user ${beneficiary.userId}`);
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
