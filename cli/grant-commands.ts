import { describeEntry } from "../src/audit/describe.ts";
import { endGrants, isMeant, type Which } from "../src/grants/end-grants.ts";
import { switchGrants, switchTrail } from "../src/grants/grant-switch.ts";
import type { Request } from "../src/requests/request.ts";
import type { Connection } from "./connection.ts";
import { moment, type Output, print } from "./print.ts";

/** The kill switch: from now on nobody is given anything; access still ends. */
export async function stopGrants(connection: Connection, why: string, output: Output): Promise<void> {
  const changed = await switchGrants(connection, { to: "stopped", why });
  print(output, { stopped: true, changed }, () => [
    changed
      ? "Stopped: nobody is given new access. What ends, ends. “latchkey grants resume” lets grants go on."
      : "Grants are stopped already.",
  ]);
}

export async function resumeGrants(connection: Connection, why: string, output: Output): Promise<void> {
  const changed = await switchGrants(connection, { to: "resumed", why });
  print(output, { stopped: false, changed }, () => [
    changed
      ? "Grants go on. Requests that were approved meanwhile follow within ten minutes."
      : "Grants are not stopped.",
  ]);
}

/** Whether grants are stopped, and who said so when. */
export async function showGrants(connection: Connection, output: Output): Promise<void> {
  const { stopped } = await connection.grantSwitch.get();
  const entries = await connection.audit.entries(switchTrail);
  print(output, { stopped, entries }, () => [
    stopped ? `Stopped since ${moment(stopped.at)}: ${stopped.why}` : "Access is given.",
    ...entries.map((entry) => `  ${moment(entry.at)}  ${describeEntry(entry, (id) => id)}`),
  ]);
}

/** Who has what nobody should have together, when that was looked at last. */
export async function showViolations(connection: Connection, output: Output): Promise<void> {
  const { at, violations, more } = await connection.findings.separation();
  print(output, { at, violations, more }, () => [
    ...violations.map(({ separation, userId, has }) => `${separation}  ${userId}  ${has.join(", ")}`),
    ...(more > 0 ? [`and ${more} more`] : []),
    at === 0
      ? "Nobody has looked yet: “latchkey catalog sync” does."
      : `${violations.length + more === 0 ? "Nobody has conflicting access" : "This was found"} at ${moment(at)}.`,
  ]);
}

export type EndOptions = Which & { all?: boolean; why: string; dryRun?: boolean };

/** Ends all access that somebody, or everybody, has now. */
export async function endAllGrants(
  connection: Connection,
  { all, why, dryRun, ...which }: EndOptions,
  output: Output,
): Promise<void> {
  if (!all && Object.keys(which).length === 0)
    throw new Error("Say whose access is to end: --user, --application, --entitlement, or --all.");
  const requests: AsyncIterable<Request> = dryRun
    ? meant(connection, which)
    : endGrants(connection, connection.allRequests, which, why);
  const ended: { key: string; entitlement: string | undefined; user: string | undefined }[] = [];
  for await (const request of requests) {
    const { issueKey: key } = request;
    const pin = pinOf(request);
    ended.push({ key, entitlement: pin?.entitlementId, user: pin?.beneficiary.userId });
    if (!output.json) output.write(`${key}  ${pin?.title ?? ""}  ${pin?.beneficiary.userId ?? ""}\n`);
  }
  const what = ended.length === 1 ? "one grant" : `${ended.length} grants`;
  print(output, ended, () => [
    dryRun ? `${what} would end; nothing was changed.` : `${what} being taken away.`,
  ]);
}

async function* meant({ allRequests }: Connection, which: Which): AsyncGenerator<Request> {
  for await (const request of allRequests) if (isMeant(request, which)) yield request;
}

function pinOf(request: Request) {
  const known = request.status === "failed" ? request.before : request;
  return "pin" in known ? known.pin : undefined;
}
