import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { rowTrail } from "../actions/row.ts";
import { AuditEntry, TrailHead } from "../audit/audit-trail.ts";

/** An entry with whatever else was put there: its hash is over all of it. */
const Stored = v.looseObject(AuditEntry.entries);
const Owner = v.object({ requestId: v.string(), index: v.optional(v.number()), trail: TrailHead });

/** Every audit trail that there is, for operators: it reads both tables from end to end. No function does. */
export class WholeAudit {
  readonly #client: DynamoDBClient;
  readonly #tables: { audit: string; requests: string };

  constructor(client: DynamoDBClient, tables: { audit: string; requests: string }) {
    this.#client = client;
    this.#tables = tables;
  }

  /** Every entry, by trail and sequence. */
  async trails(): Promise<Map<string, AuditEntry[]>> {
    const trails = new Map<string, AuditEntry[]>();
    for await (const item of this.#scan(this.#tables.audit)) {
      const entry = v.parse(Stored, item);
      const entries = trails.get(entry.requestId) ?? [];
      entries.push(entry);
      trails.set(entry.requestId, entries);
    }
    for (const entries of trails.values()) entries.sort((a, b) => a.sequence - b.sequence);
    return new Map([...trails].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The last entry that each request, and each row of one, knows of, by trail. */
  async heads(): Promise<Map<string, TrailHead>> {
    const heads = new Map<string, TrailHead>();
    for await (const item of this.#scan(this.#tables.requests)) {
      const owner = v.safeParse(Owner, item);
      if (!owner.success) continue;
      const { requestId, index, trail } = owner.output;
      heads.set(index === undefined ? requestId : rowTrail({ requestId, index }), trail);
    }
    return heads;
  }

  async *#scan(TableName: string): AsyncGenerator<unknown> {
    for await (const { Items = [] } of paginateScan(
      { client: this.#client },
      { TableName, ConsistentRead: true },
    ))
      for (const item of Items) yield unmarshall(item);
  }
}
