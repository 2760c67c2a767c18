import { MalformedError, NotProvenError } from "../errors.ts";
import type { Doorbell } from "../requests/doorbell.ts";

/**
 * Reads what a webhook's body says about an issue. Written by hand, without a schema library: this runs in the one
 * function that a person's click waits for, and it starts cold nearly every time.
 */

const hour = 3_600_000;

/** Jira delivers again for half an hour and more; whatever is older than this is not Jira's doing. */
const oldest = 2 * hour;
const clockDifference = hour / 12;

/** @throws MalformedError when the body is not JSON */
export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new MalformedError("The body is not JSON.");
  }
}

/**
 * The body of a Jira admin webhook.
 *
 * @throws MalformedError when it names no issue or no time
 * @throws NotProvenError when its time is too long ago or in the future: a recorded delivery that somebody plays again
 */
export function readWebhook(body: unknown, now: number): Doorbell {
  const at = get(body, "timestamp");
  const issueId = idOf(get(get(body, "issue"), "id"));
  if (typeof at !== "number" || issueId === undefined)
    throw new MalformedError("The body is no issue event.");
  if (at < now - oldest || at > now + clockDifference) throw new NotProvenError("The body is too old.");
  const actor = accountIdOf(get(get(body, "user"), "accountId"));
  const status = statusIn(get(get(body, "changelog"), "items"));
  return {
    schemaVersion: 1,
    source: "jira",
    issueId,
    at,
    ...(get(body, "webhookEvent") === "jira:issue_created" ? { isNew: true } : {}),
    ...(actor === undefined ? {} : { actor }),
    ...(status === undefined ? {} : { status }),
  };
}

/**
 * The body of an automation rule: Jira's two formats, one of which wraps the issue, both with numbers for ids; or the
 * rule's own.
 *
 * @throws MalformedError when it names no issue
 */
export function readAutomation(body: unknown, now: number): Doorbell {
  const issue = get(body, "issue") ?? body;
  const issueId = idOf(get(issue, "issueId")) ?? idOf(get(issue, "id"));
  const issueKey = keyOf(get(issue, "issueKey")) ?? keyOf(get(issue, "key"));
  if (issueId === undefined && issueKey === undefined) throw new MalformedError("The body names no issue.");
  return {
    schemaVersion: 1,
    source: "automation",
    at: now,
    ...(issueId === undefined ? {} : { issueId }),
    ...(issueKey === undefined ? {} : { issueKey }),
  };
}

/** An own property of an object; undefined for everything else. */
export function get(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object" && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function idOf(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && /^\d{1,19}$/.test(text) ? text : undefined;
}

/** What is no account id is no hint: it must not make the message too large for the queue. */
function accountIdOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w:.@-]{1,128}$/.test(value) ? value : undefined;
}

function keyOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[A-Z][A-Z0-9_]{1,63}-\d{1,12}$/.test(value) ? value : undefined;
}

/** The status that the event led to. The field's name differs between events and languages; its id does not. */
function statusIn(items: unknown): string | undefined {
  if (!Array.isArray(items)) return undefined;
  const change: unknown = items.findLast((item) => get(item, "fieldId") === "status");
  return idOf(get(change, "to"));
}
