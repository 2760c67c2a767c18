import * as v from "valibot";
import type { AnchoredHead } from "../audit/anchor.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

const Indexed = v.object({ requestId: v.string(), sequence: v.number(), hash: v.string() });

/** The Audit table by the day on which entries were written. */
export class AuditDays {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** What was written on a day, some seconds ago at the latest: an index follows its table. In any order. */
  async entriesOf(day: string): Promise<AnchoredHead[]> {
    const entries: AnchoredHead[] = [];
    const query = { index: "byDay", expression: "writtenOn = :day", values: { ":day": day } };
    for await (const item of this.#table.query(query)) entries.push(readItem(Indexed, item));
    return entries;
  }
}
