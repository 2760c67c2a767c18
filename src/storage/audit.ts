import { type AuditDraft, AuditEntry, type AuditLog, chain, type TrailHead } from "../audit/audit-trail.ts";
import { dayOf } from "../audit/day.ts";
import type { Clock } from "../clock.ts";
import { BusyError } from "../errors.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

/**
 * Audit trails in the Audit table: request id / sequence. Entries are only ever added, and each has the version of the policy
 * by which it was decided, or else that was in force when it was written.
 */
export class AuditTrails implements AuditLog {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #versionInForce: () => Promise<number | undefined>;

  /** @param versionInForce undefined before the first policy */
  constructor(table: Table, clock: Clock, versionInForce: () => Promise<number | undefined>) {
    this.#table = table;
    this.#clock = clock;
    this.#versionInForce = versionInForce;
  }

  async append(requestId: string, head: TrailHead, draft: AuditDraft): Promise<TrailHead> {
    const found = head.found ?? [];
    if (found.includes(draft.id)) return head;
    const policyVersion = draft.policyVersion ?? (await this.#versionInForce());
    const entry = chain(requestId, head, {
      ...draft,
      writtenOn: dayOf(this.#clock.now()),
      ...(policyVersion === undefined ? {} : { policyVersion }),
    });
    if (await this.#add(entry)) return { ...head, sequence: entry.sequence, hash: entry.hash };
    // Somebody was quicker, or this entry was written by a run that died before it could say so.
    const later = await this.entries(requestId, head.sequence);
    const last = later.at(-1);
    if (!last) throw new BusyError(`the audit trail of request ${requestId} is being written`);
    const { sequence, hash } = last;
    return this.append(requestId, { sequence, hash, found: [...found, ...later.map(({ id }) => id)] }, draft);
  }

  /** The entries after the given sequence number, in order. */
  async entries(requestId: string, after = 0): Promise<AuditEntry[]> {
    const entries: AuditEntry[] = [];
    const query = {
      expression: "requestId = :id AND #sequence > :after",
      names: { "#sequence": "sequence" },
      values: { ":id": requestId, ":after": after },
    };
    for await (const item of this.#table.query(query)) entries.push(readItem(AuditEntry, item));
    return entries;
  }

  #add(entry: AuditEntry): Promise<boolean> {
    return this.#table.put(entry, { expression: "attribute_not_exists(requestId)" });
  }
}
