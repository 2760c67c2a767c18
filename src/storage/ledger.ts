import { LedgerEntry } from "../grants/ledger.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

/** The grants ledger in the Requests table: `USER#<JumpCloud user>` / `GROUP#<JumpCloud group>`. */
export class Ledger {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(userId: string, groupId: string): Promise<LedgerEntry | undefined> {
    const item = await this.#table.get(keyOf(userId, groupId));
    return item === undefined ? undefined : readItem(LedgerEntry, item);
  }

  async ofUser(userId: string): Promise<LedgerEntry[]> {
    const query = {
      expression: "pk = :pk AND begins_with(sk, :sk)",
      values: { ":pk": `USER#${userId}`, ":sk": "GROUP#" },
    };
    const entries: LedgerEntry[] = [];
    for await (const item of this.#table.query(query)) entries.push(readItem(LedgerEntry, item));
    return entries;
  }

  /** undefined when somebody else wrote since the entry was read. */
  async save(entry: LedgerEntry): Promise<LedgerEntry | undefined> {
    const saved = { ...entry, version: entry.version + 1 };
    const condition =
      entry.version === 0
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "version = :version", values: { ":version": entry.version } };
    const isSaved = await this.#table.put({ ...keyOf(entry.userId, entry.groupId), ...saved }, condition);
    return isSaved ? saved : undefined;
  }
}

function keyOf(userId: string, groupId: string): { pk: string; sk: string } {
  return { pk: `USER#${userId}`, sk: `GROUP#${groupId}` };
}
