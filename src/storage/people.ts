import * as v from "valibot";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

export const StoredPerson = v.object({ schemaVersion: v.literal(1), userId: v.string() });

/** Which JumpCloud user a Jira account was found to be, in the Requests table: `ACCOUNT#<account id>` / `PERSON`. */
export class People {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async userIdOf(accountId: string): Promise<string | undefined> {
    const item = await this.#table.get(keyOf(accountId));
    return item === undefined ? undefined : readItem(StoredPerson, item).userId;
  }

  async remember(accountId: string, userId: string): Promise<void> {
    const item = { ...keyOf(accountId), schemaVersion: 1, userId };
    await this.#table.put(item, {
      expression: "attribute_not_exists(pk) OR userId <> :userId",
      values: { ":userId": userId },
    });
  }
}

function keyOf(accountId: string): { pk: string; sk: string } {
  return { pk: `ACCOUNT#${accountId}`, sk: "PERSON" };
}
