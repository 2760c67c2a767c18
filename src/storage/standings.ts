import * as v from "valibot";
import { noStanding, Standing } from "../policy/standing.ts";
import type { Table } from "./table.ts";

/** What policy counts of a person, in the Requests table: `USER#<JumpCloud user>` / `STANDING`. */
export class Standings {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(userId: string): Promise<Standing> {
    const item = await this.#table.get(keyOf(userId));
    return item === undefined ? noStanding(userId) : v.parse(Standing, item);
  }

  /** False when somebody else wrote since it was read. */
  save(standing: Standing): Promise<boolean> {
    const { userId, version } = standing;
    const item = { ...keyOf(userId), ...standing, version: version + 1 };
    return version === 0
      ? this.#table.put(item, { expression: "attribute_not_exists(pk)" })
      : this.#table.put(item, { expression: "version = :version", values: { ":version": version } });
  }
}

function keyOf(userId: string): { pk: string; sk: string } {
  return { pk: `USER#${userId}`, sk: "STANDING" };
}
