import { Snapshot, type SnapshotStore } from "../actions/snapshot.ts";
import { BusyError } from "../errors.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

/** What people had before they were offboarded, in the Requests table: `USER#<JumpCloud user>` / `SNAPSHOT#<time>`. */
export class Snapshots implements SnapshotStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async newest(userId: string): Promise<Snapshot | undefined> {
    const item = await this.#table.first({
      expression: "pk = :pk AND begins_with(sk, :sk)",
      values: { ":pk": `USER#${userId}`, ":sk": "SNAPSHOT#" },
      backwards: true,
    });
    return item === undefined ? undefined : readItem(Snapshot, item);
  }

  async save(snapshot: Snapshot): Promise<void> {
    const key = { pk: `USER#${snapshot.userId}`, sk: `SNAPSHOT#${snapshot.at.toString().padStart(15, "0")}` };
    const item = { ...key, ...readItem(Snapshot, { ...snapshot, version: snapshot.version + 1 }) };
    const condition =
      snapshot.version === 0
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "version = :version", values: { ":version": snapshot.version } };
    if (!(await this.#table.put(item, condition)))
      throw new BusyError(`the snapshot of user ${snapshot.userId} was changed by another run`);
  }
}
