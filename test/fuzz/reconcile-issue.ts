import { marshall } from "@aws-sdk/util-dynamodb";
import fc from "fast-check";
import { event as Event } from "../../functions/reconcile-issue.ts";
import { fieldsOf } from "../../src/actions/action-rules.ts";
import { entriesOf } from "../../src/catalog/catalog.ts";
import { LatchkeyError } from "../../src/errors.ts";
import { Jira } from "../../src/jira/jira.ts";
import { jiraApi } from "../../src/jira/jira-api.ts";
import { defineFunction } from "../../src/lambda/define-function.ts";
import { fieldIds } from "../../src/policy/site.ts";
import { readDoorbell } from "../../src/requests/doorbell.ts";
import { reconcileIssue } from "../../src/requests/reconcile-issue.ts";
import { ActionRequest, AnyRequest, Request } from "../../src/requests/request.ts";
import { ActionRows } from "../../src/storage/action-rows.ts";
import { AuditTrails } from "../../src/storage/audit.ts";
import { Requests } from "../../src/storage/requests.ts";
import { Standings } from "../../src/storage/standings.ts";
import { Table } from "../../src/storage/table.ts";
import { policyWith } from "../support/company-story.ts";
import { MemoryDatabase } from "./memory-database.ts";
import { asJson, type Edit, edits, hostile, isPolluted, mutated } from "./mutation.ts";
import type { Scene } from "./recording.ts";

/** What a queue may hold, and what Jira may answer, from what is right to what nobody expects. */

const whole = fc.oneof(
  hostile.map(asJson),
  fc.constantFrom("", "<!doctype html><title>Log in</title>", "{", "x".repeat(5 * 1024 * 1024)),
);
const head = fc.record({
  status: fc.constantFrom(200, 200, 200, 200, 204, 301, 400, 401, 403, 404, 409, 429, 500, 503),
  after: fc.constantFrom("0", "1", "-1", "1e9", "Infinity", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"),
});

/** What becomes of the answers to one call, by method and what its path ends with. */
const change = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Edit[]>([]).map((changes) => ({ changes })) },
  { weight: 6, arbitrary: edits.map((changes) => ({ changes })) },
  { weight: 1, arbitrary: fc.record({ text: whole }) },
  { weight: 1, arbitrary: fc.record({ head, text: whole }) },
);
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

/** What the simulated Jira is asked here, by what the path is like. */
const kinds = ["issue", "approval", "changelog", "comment", "transitions", "user", "mypermissions"] as const;

const changes = fc.record({
  issue: change,
  approval: change,
  changelog: change,
  comment: change,
  transitions: change,
  user: change,
  mypermissions: change,
});

export const visit = fc.record({
  scene: fc.nat(),
  source: fc.constantFrom("jira", "automation", "sweep"),
  by: fc.constantFrom("id", "key"),
  ring: fc.oneof({ weight: 5, arbitrary: fc.constant<Edit[]>([]) }, { weight: 1, arbitrary: edits }),
  record: fc.oneof({ weight: 8, arbitrary: fc.constant<Edit[]>([]) }, { weight: 1, arbitrary: edits }),
  answers: changes,
  /** What some of the fields hold that Latchkey reads. */
  fields: fc.oneof(
    { weight: 2, arbitrary: fc.constant<{ at: number; value: unknown }[]>([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.record({ at: fc.nat(), value: hostile }), { minLength: 1, maxLength: 2 }),
    },
  ),
});
export type Visit = typeof visit extends fc.Arbitrary<infer Value> ? Value : never;

const { site, policy, catalog } = policyWith();
const entries = entriesOf(catalog);
const version = 1;
const readFields = [...fieldIds(site), ...(policy.actions?.rules ?? []).flatMap(fieldsOf)];

/** Of one call of the function, at most. */
const callLimit = 2_000;
const lineLimit = 1_000;

/** Lets the function work, and throws an error that says what should not have been. Answers with what came of it. */
export async function call(scenes: Scene[], sent: Visit): Promise<string> {
  const scene = scenes[sent.scene % scenes.length];
  if (!scene) throw new Error("there is no scene");
  const lines: string[] = [];
  const handler = functionIn(scene, sent, lines);
  const doorbell = {
    schemaVersion: 1,
    source: sent.source,
    ...(sent.by === "id" ? { issueId: scene.issueId } : { issueKey: scene.issueKey }),
    at: scene.now,
  };
  const body = mutated(doorbell, sent.ring);
  const event: unknown = JSON.parse(mutated({ Records: [{ messageId: "1", body }] }, sent.record));
  let came: string;
  try {
    const result = await handler(event);
    came = "did" in result ? "did" : "noop";
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    came = error.name;
  }
  if (lines.length !== 1) throw new Error(`wrote ${lines.length} lines`);
  for (const line of lines)
    if (Buffer.byteLength(line) > lineLimit) throw new Error(`wrote a line of ${line.length} characters`);
  if (isPolluted()) throw new Error("a prototype was changed");
  return came;
}

/** The function with its own schema, clients and stores, on a Jira that answers with the scene, changed. */
function functionIn(scene: Scene, sent: Visit, lines: string[]) {
  const database = new MemoryDatabase();
  if (scene.request) database.put(itemOf(scene.request));
  const table = new Table(database.client(), "any");
  let now = scene.now;
  const clock = {
    now: () => now,
    sleep: async (milliseconds: number) => {
      if (!(milliseconds >= 0 && milliseconds < 60_000)) throw new Error(`slept ${milliseconds} ms`);
      now += milliseconds;
    },
  };
  const credentials = {
    read: async () => ({ kind: "bearer" as const, token: "a-token" }),
    renew: async () => false,
  };
  const http = jiraApi({ api: "http://jira.test", token: "http://jira.test/token" }, credentials, clock);
  const jira = new Jira(http, async () => ({
    fieldIds: readFields,
    serviceAccount: site.jira.serviceAccount,
  }));
  const applied = { version, site, policy };
  const deps: Parameters<typeof reconcileIssue>[0] = {
    clock,
    requests: new Requests(table, clock, Request),
    actions: new Requests(table, clock, ActionRequest),
    anyRequests: new Requests(table, clock, AnyRequest),
    rows: new ActionRows(table),
    standings: new Standings(table),
    audit: new AuditTrails(table, clock, async () => version),
    policy: { current: async () => applied },
    catalog: { entryForOption: async (option) => entries.find((entry) => entry.option === option) },
    jira,
    workflow: {
      start: async ({ name }) => {
        if (!/^[\w-]{1,80}$/.test(name)) throw new Error(`started an execution called ${name}`);
        return true;
      },
      succeed: async () => true,
    },
  };
  const { on } = defineFunction({
    name: "reconcile-issue",
    event: Event,
    wire:
      () =>
      ({ Records: [{ body }] }) =>
        reconcileIssue(deps, readDoorbell(body)),
    logged: (_, result) => ({ ...result }),
  });
  const handler = on({ clock, environment: {}, write: (line) => lines.push(line) });
  return async (event: unknown) => {
    const calls: string[] = [];
    const usual = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const url = String(input);
      calls.push(url);
      return answerTo(scene, sent, url, init?.method ?? "GET");
    };
    try {
      return await handler(event, {} as never);
    } finally {
      globalThis.fetch = usual;
      expectDecent(calls);
    }
  };
}

function expectDecent(calls: string[]): void {
  if (calls.length > callLimit) throw new Error(`Jira was called ${calls.length} times`);
  const odd = calls.find(
    (url) => !/^http:\/\/jira\.test\/rest\/(api\/3|servicedeskapi)\/[\w/:.@%!'()*~-]+(\?.*)?$/.test(url),
  );
  if (odd !== undefined) throw new Error(`called ${odd}`);
}

function answerTo(scene: Scene, sent: Visit, input: string, method: string): Response {
  const url = new URL(input);
  const kind = kinds.find((one) => url.pathname.endsWith(`/${one}`)) ?? "issue";
  const recorded = scene.answers[`${method} ${url.pathname}`];
  const known = kind === "issue" && recorded ? withFields(recorded, sent.fields) : recorded;
  const change: Change = sent.answers[kind];
  const text = "text" in change ? change.text : mutated(known ?? {}, change.changes);
  const status = "head" in change ? change.head.status : known === undefined ? 404 : 200;
  const headers = { "content-type": "application/json", date: new Date(scene.now).toUTCString() };
  return new Response(status === 204 ? null : text, {
    status,
    headers: "head" in change ? { ...headers, "retry-after": change.head.after } : headers,
  });
}

function withFields(issue: unknown, values: Visit["fields"]): unknown {
  const { fields, ...rest } = issue as { fields: Record<string, unknown> };
  const others = values.map(({ at, value }) => [readFields[at % readFields.length], value]);
  return { ...rest, fields: { ...fields, ...Object.fromEntries(others) } };
}

function itemOf(request: AnyRequest) {
  const dash = request.requestId.lastIndexOf("-");
  return marshall(
    {
      pk: `ISSUE#${request.requestId.slice(0, dash)}`,
      sk: `REQUEST#${request.requestId.slice(dash + 1).padStart(4, "0")}`,
      ...request,
    },
    { removeUndefinedValues: true },
  );
}
