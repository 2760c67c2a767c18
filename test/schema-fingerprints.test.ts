import { createHash } from "node:crypto";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Row } from "../src/actions/row.ts";
import { Snapshot } from "../src/actions/snapshot.ts";
import { AuditEntry, firstBreak } from "../src/audit/audit-trail.ts";
import { CatalogHealth } from "../src/catalog/health.ts";
import { KnownApplication } from "../src/catalog/known-application.ts";
import { GrantSwitch } from "../src/grants/grant-switch.ts";
import { LedgerEntry } from "../src/grants/ledger.ts";
import { SeparationReport } from "../src/policy/check-separation.ts";
import { PolicyChanges } from "../src/policy/second-person.ts";
import { Standing } from "../src/policy/standing.ts";
import { Doorbell } from "../src/requests/doorbell.ts";
import { ActionRequest, Request } from "../src/requests/request.ts";
import { StoredPace } from "../src/storage/pace.ts";
import { StoredPerson } from "../src/storage/people.ts";
import { StoredEntry, StoredPolicy } from "../src/storage/policies.ts";
import storedItems from "./fixtures/stored-items.json" with { type: "json" };
import { expressionsIn, functionOf, graphs } from "./support/graphs.ts";
import { actionStatuses, statuses } from "./support/requests.ts";
import { paths } from "./support/source-files.ts";

/**
 * Items, messages and executions outlive deployments: the next version has to read what this one wrote, and to take what
 * the graph of a running execution sends. So a changed shape is noticed here.
 *
 * When a fingerprint of a stored item has changed:
 * - A new part is optional, or a value was added: put in the new fingerprint, and add an item that has it to
 *   `test/fixtures/stored-items.json`. Leave the items that are there as they are.
 * - Anything else: raise the item's `schemaVersion`, go on reading the old version (a union of both), and only then put
 *   in the new fingerprint.
 *
 * When what a task takes or gives has changed: runs that are under way keep the graph that they began with. Add what is
 * new as optional, and take away what is old only when no run can be left that uses it: a run may last for a year.
 */
const stored = {
  request: { schema: Request, fingerprint: "3e9a4463aaf3" },
  "action request": { schema: ActionRequest, fingerprint: "003c0eaeeb84" },
  snapshot: { schema: Snapshot, fingerprint: "0034bf2b08d9" },
  row: { schema: Row, fingerprint: "570df7ee0db9" },
  "ledger entry": { schema: LedgerEntry, fingerprint: "fbab16b214a2" },
  "audit entry": { schema: AuditEntry, fingerprint: "3e1ad7239b13" },
  policy: { schema: StoredPolicy, fingerprint: "1a540e80257f" },
  "catalog entry": { schema: StoredEntry, fingerprint: "78a1e0ca5966" },
  "grant switch": { schema: GrantSwitch, fingerprint: "333ad7fbed81" },
  standing: { schema: Standing, fingerprint: "07b5c3cad5cf" },
  person: { schema: StoredPerson, fingerprint: "0e86eb5eea63" },
  pace: { schema: StoredPace, fingerprint: "1b067110a189" },
  "catalog health": { schema: CatalogHealth, fingerprint: "872ce7a6ad4d" },
  "known application": { schema: KnownApplication, fingerprint: "f5ac2244124d" },
  "policy changes": { schema: PolicyChanges, fingerprint: "ec3d8f5e078c" },
  "separation report": { schema: SeparationReport, fingerprint: "026300497870" },
  doorbell: { schema: Doorbell, fingerprint: "98a6c0196a32" },
} satisfies Record<keyof typeof storedItems, { schema: v.GenericSchema; fingerprint: string }>;

/** What each function takes, and which fields of its answer the graph reads. */
const tasks: Record<string, { takes: string[]; optional?: string[]; fingerprint: string; gives: string[] }> =
  {
    "ask-for-approval": {
      takes: ["requestId", "token", "reminders"],
      gives: ["outcome"],
      fingerprint: "fdedd5c87b38",
    },
    "call-operator": { takes: ["requestId", "error", "cause"], gives: [], fingerprint: "f3102215b949" },
    "check-request": {
      takes: ["requestId"],
      gives: ["next", "waits", "startsAt", "holdSeconds", "holds"],
      fingerprint: "5327f718a048",
    },
    "check-actions": { takes: ["requestId"], gives: ["next", "waits", "rows"], fingerprint: "5327f718a048" },
    "close-actions": {
      takes: ["requestId", "outcome"],
      optional: ["cause"],
      gives: [],
      fingerprint: "75ae0ebf631a",
    },
    "perform-actions": {
      takes: ["requestId", "row"],
      optional: ["error", "cause"],
      gives: [],
      fingerprint: "2db0e87394a3",
    },
    "report-actions": {
      takes: ["requestId"],
      gives: ["outcome", "error", "cause", "until"],
      fingerprint: "5327f718a048",
    },
    "close-request": {
      takes: ["requestId", "outcome"],
      optional: ["cause"],
      gives: [],
      fingerprint: "d5d938eba190",
    },
    "hold-access": { takes: ["requestId", "token"], gives: [], fingerprint: "2dcd8c5cd843" },
    "provision-access": {
      takes: ["requestId"],
      gives: ["holdSeconds", "holds"],
      fingerprint: "5327f718a048",
    },
    "revoke-access": { takes: ["requestId", "undo"], gives: [], fingerprint: "e21545744aa9" },
  };

/** Equal for schemas that accept the same: the order of fields and values and the text of messages do not count. */
function fingerprint(schema: v.GenericSchema): string {
  return createHash("sha256").update(shape(schema)).digest("hex").slice(0, 12);
}

function shape(part: unknown): string {
  if (Array.isArray(part)) return `[${part.map(shape).toSorted().join()}]`;
  if (part instanceof RegExp || typeof part !== "object" || part === null) return String(part);
  const entries = Object.entries(part).filter(
    ([key, value]) => typeof value !== "function" && !["~standard", "message", "expects"].includes(key),
  );
  return `{${entries
    .map(([key, value]) => `${key}:${shape(value)}`)
    .toSorted()
    .join()}}`;
}

const taskNames = Object.keys(tasks);

async function eventOf(name: string): Promise<v.GenericSchema> {
  const { event } = (await import(`../functions/${name}.ts`)) as { event: v.GenericSchema };
  return event;
}

test("a fingerprint does not change with the order of fields, but does with any field", () => {
  const one = v.object({ a: v.string(), b: v.picklist(["x", "y"]) });
  const other = v.object({ b: v.picklist(["y", "x"]), a: v.string() });
  expect(fingerprint(other)).toBe(fingerprint(one));
  const changed = [
    v.object({ ...one.entries, c: v.optional(v.string()) }),
    v.object({ ...one.entries, a: v.optional(v.string()) }),
    v.object({ ...one.entries, a: v.number() }),
    v.object({ ...one.entries, b: v.picklist(["x"]) }),
    v.object({ ...one.entries, a: v.pipe(v.string(), v.regex(/a/)) }),
    v.object({ ...one.entries, a: v.pipe(v.string(), v.regex(/a/i)) }),
    v.strictObject(one.entries),
  ];
  expect(new Set([one, ...changed].map(fingerprint)).size).toBe(8);
});

describe.each(Object.entries(stored))("a stored %s", (name, { schema, fingerprint: known }) => {
  const items = storedItems[name as keyof typeof storedItems];

  test("has the shape that it always had: see the top of this file if not", () => {
    expect(fingerprint(schema)).toBe(known);
  });

  test("says which version of its shape it has", () => {
    for (const item of items) expect(v.safeParse(schema, { ...item, schemaVersion: 99 }).success).toBe(false);
  });

  test("of an earlier version can still be read", () => {
    for (const item of items) expect(v.parse(schema, item)).toMatchObject(item);
  });
});

test("the kept requests are one of every status", () => {
  expect(new Set(storedItems.request.map(({ status }) => status))).toEqual(new Set(statuses));
  const kept = storedItems["action request"].map(({ status }) => status);
  expect(new Set(kept)).toEqual(new Set(actionStatuses));
});

test("the kept audit entries still prove themselves: the way of hashing has not changed", () => {
  expect(firstBreak(v.parse(v.array(AuditEntry), storedItems["audit entry"]))).toBeUndefined();
});

describe("a running execution", () => {
  test("reads of its input what starting one puts there: the request's id", () => {
    const read = graphs
      .flatMap(({ definition }) => expressionsIn(JSON.parse(definition)))
      .flatMap((source) => [...source.matchAll(/Execution\.Input\.?(\w*)/g)].map(([, field]) => field));
    expect(new Set(read)).toEqual(new Set(["requestId"]));
  });

  test("is served by the functions in this table, and each of those is in it", () => {
    const invoked = graphs.flatMap(({ states }) =>
      states.flatMap(([, state]) => (state.Type === "Task" ? [functionOf(state)] : [])),
    );
    expect(new Set(invoked)).toEqual(new Set(taskNames));
    expect(paths("functions/*.ts")).toEqual(
      expect.arrayContaining(taskNames.map((name) => `functions/${name}.ts`)),
    );
  });

  test.each(taskNames)("gives %s what it takes, and finds in the answer what it reads", async (name) => {
    const { takes, optional = [], gives, fingerprint: known } = tasks[name] as (typeof tasks)[string];
    const event = await eventOf(name);
    const states = graphs.flatMap((graph) => graph.states.filter(([, state]) => functionOf(state) === name));
    for (const [state, { Arguments }] of states) {
      const given = Object.keys(Arguments?.Payload ?? {});
      expect(given, state).toEqual(expect.arrayContaining(takes));
      expect([...takes, ...optional], state).toEqual(expect.arrayContaining(given));
    }
    const read = states.flatMap(([, state]) =>
      expressionsIn(state.Assign).flatMap((source) =>
        [...source.matchAll(/^\$states\.result\.(?:Payload\.)?(\w+)$/g)].map(([, field]) => field),
      ),
    );
    expect(new Set(read)).toEqual(new Set(gives));
    expect(fingerprint(event)).toBe(known);
  });
});
