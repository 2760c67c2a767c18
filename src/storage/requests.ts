import * as v from "valibot";
import type { Clock } from "../clock.ts";
import { BusyError, InconsistentError } from "../errors.ts";
import { mayFollow, nextCheckAt } from "../requests/life.ts";
import { Request, type RequestIn, type RequestStore } from "../requests/request.ts";
import type { Table } from "./table.ts";

/** Open requests by the time of their next look: an item has this attribute only while it is open. */
const open = "open";

/**
 * Requests in the Requests table: `ISSUE#<issue id>` / `REQUEST#<generation>`. Every write states the version that it
 * was decided on, so that of two writers one finds out.
 */
export class Requests implements RequestStore {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  async get(requestId: string): Promise<Request> {
    const item = await this.#table.get(keyOf(requestId));
    if (item === undefined) throw new InconsistentError(`There is no request ${requestId}.`);
    return v.parse(Request, item);
  }

  async latest(issueId: string): Promise<Request | undefined> {
    const item = await this.#table.first({
      expression: "pk = :pk AND begins_with(sk, :sk)",
      values: { ":pk": `ISSUE#${issueId}`, ":sk": "REQUEST#" },
      backwards: true,
    });
    return item === undefined ? undefined : v.parse(Request, item);
  }

  /** All requests of an issue that has or had the key, oldest first. */
  async byKey(issueKey: string): Promise<Request[]> {
    const requests: Request[] = [];
    const query = { index: "byKey", expression: "issueKey = :key", values: { ":key": issueKey } };
    for await (const item of this.#table.query(query)) requests.push(v.parse(Request, item));
    return requests;
  }

  async *due(now: number): AsyncGenerator<Request> {
    const query = {
      index: "open",
      expression: "openIn = :open AND nextCheckAt <= :now",
      values: { ":open": open, ":now": now },
    };
    for await (const item of this.#table.query(query)) yield v.parse(Request, item);
  }

  async create(request: RequestIn<"requested">): Promise<RequestIn<"requested">> {
    const created = { ...request, version: 1 };
    if (!(await this.#put(created, { expression: "attribute_not_exists(pk)" })))
      throw new BusyError(`request ${request.requestId} exists already`);
    return created;
  }

  async save<R extends Request>(before: Request, after: R): Promise<R> {
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

  #put(
    request: Request,
    condition: { expression: string; values?: Record<string, number> },
  ): Promise<boolean> {
    const next = nextCheckAt(request, this.#clock.now());
    const item = {
      ...keyOf(request.requestId),
      ...v.parse(Request, request),
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
