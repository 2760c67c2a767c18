import { Row, type RowStore } from "../actions/row.ts";
import { BusyError, InconsistentError } from "../errors.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

/** What requests for actions do for each person, in the Requests table: `ISSUE#<issue id>` / `ROW#<generation>#<index>`. */
export class ActionRows implements RowStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(requestId: string, index: number): Promise<Row> {
    const item = await this.#table.get(keyOf(requestId, index));
    if (item === undefined) throw new InconsistentError(`Request ${requestId} has no row ${index}.`);
    return readItem(Row, item);
  }

  async all(requestId: string): Promise<Row[]> {
    const { pk, prefix } = placeOf(requestId);
    const query = {
      expression: "pk = :pk AND begins_with(sk, :sk)",
      values: { ":pk": pk, ":sk": prefix },
    };
    const rows: Row[] = [];
    for await (const item of this.#table.query(query)) rows.push(readItem(Row, item));
    return rows;
  }

  async save(row: Row): Promise<Row> {
    const saved = { ...row, version: row.version + 1 };
    const item = { ...keyOf(row.requestId, row.index), ...readItem(Row, saved) };
    const condition =
      row.version === 0
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "version = :version", values: { ":version": row.version } };
    if (!(await this.#table.put(item, condition)))
      throw new BusyError(`row ${row.index} of request ${row.requestId} was changed by another run`);
    return saved;
  }
}

function placeOf(requestId: string): { pk: string; prefix: string } {
  const dash = requestId.lastIndexOf("-");
  return {
    pk: `ISSUE#${requestId.slice(0, dash)}`,
    prefix: `ROW#${requestId.slice(dash + 1).padStart(4, "0")}#`,
  };
}

function keyOf(requestId: string, index: number): { pk: string; sk: string } {
  const { pk, prefix } = placeOf(requestId);
  return { pk, sk: `${prefix}${index.toString().padStart(4, "0")}` };
}
