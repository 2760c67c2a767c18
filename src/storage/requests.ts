import type * as v from "valibot";
import type { Clock } from "../clock.ts";
import { BusyError, InconsistentError } from "../errors.ts";
import { mayFollow, nextCheckAt } from "../requests/life.ts";
import type { AnyRequest, RequestStore } from "../requests/request.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

/** Open requests by the time of their next look: an item has this attribute only while it is open. */
const open = "open";

/**
 * Requests in the Requests table, of one kind or of both: `ISSUE#<issue id>` / `REQUEST#<generation>`. Every write states the
 * version that it was decided on, so that of two writers one finds out.
 */
export class Requests<Kind extends AnyRequest> implements RequestStore<Kind> {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #schema: v.GenericSchema<unknown, Kind>;

  constructor(table: Table, clock: Clock, schema: v.GenericSchema<unknown, Kind>) {
    this.#table = table;
    this.#clock = clock;
    this.#schema = schema;
  }

  async get(requestId: string): Promise<Kind> {
    const item = await this.#table.get(keyOf(requestId));
    if (item === undefined) throw new InconsistentError(`There is no request ${requestId}.`);
    return readItem(this.#schema, item);
  }

  async latest(issueId: string): Promise<Kind | undefined> {
    const item = await this.#table.first({
      expression: "pk = :pk AND begins_with(sk, :sk)",
      values: { ":pk": `ISSUE#${issueId}`, ":sk": "REQUEST#" },
      backwards: true,
    });
    return item === undefined ? undefined : readItem(this.#schema, item);
  }

  /** All requests of an issue that has or had the key, oldest first. */
  async byKey(issueKey: string): Promise<Kind[]> {
    const requests: Kind[] = [];
    const query = { index: "byKey", expression: "issueKey = :key", values: { ":key": issueKey } };
    for await (const item of this.#table.query(query)) requests.push(readItem(this.#schema, item));
    return requests;
  }

  async *due(now: number): AsyncGenerator<Kind> {
    const query = {
      index: "open",
      expression: "openIn = :open AND nextCheckAt <= :now",
      values: { ":open": open, ":now": now },
    };
    for await (const item of this.#table.query(query)) yield readItem(this.#schema, item);
  }

  async create<R extends Extract<Kind, { status: "requested" }>>(request: R): Promise<R> {
    const created = { ...request, version: 1 };
    if (!(await this.#put(created, { expression: "attribute_not_exists(pk)" })))
      throw new BusyError(`request ${request.requestId} exists already`);
    return created;
  }

  async save<R extends Kind>(before: Kind, after: R): Promise<R> {
    if (!mayFollow(before.status, after.status))
      throw new InconsistentError(
        `Request ${before.requestId} may not go from ${before.status} to ${after.status}.`,
      );
    const saved = { ...after, version: before.version + 1, updatedAt: this.#clock.now() };
    const condition = { expression: "version = :version", values: { ":version": before.version } };
    if (!(await this.#put(saved, condition)))
      throw new BusyError(`request ${before.requestId} was changed by another run`);
    return saved;
  }

  /**
   * Moves the time of the next look and leaves the version as it is, so that a run that works on the request is not disturbed.
   * Where somebody else wrote since it was read, that has moved the time already.
   */
  async postpone(request: Kind): Promise<void> {
    const condition = { expression: "version = :version", values: { ":version": request.version } };
    await this.#put({ ...request, updatedAt: this.#clock.now() }, condition);
  }

  #put(request: Kind, condition: { expression: string; values?: Record<string, number> }): Promise<boolean> {
    const next = nextCheckAt(request, this.#clock.now());
    const item = {
      ...keyOf(request.requestId),
      ...readItem(this.#schema, request),
      ...(next === undefined ? {} : { openIn: open, nextCheckAt: next }),
    };
    return this.#table.put(item, condition);
  }
}

function keyOf(requestId: string): { pk: string; sk: string } {
  const dash = requestId.lastIndexOf("-");
  return {
    pk: `ISSUE#${requestId.slice(0, dash)}`,
    sk: `REQUEST#${requestId.slice(dash + 1).padStart(4, "0")}`,
  };
}
