import { noStanding, Standing } from "../policy/standing.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

/** What policy counts of people and groups, in the Requests table: `USER#<JumpCloud user>` or `GROUP#<JumpCloud group>` / `STANDING`. */
export class Standings {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** @param about of whom, as the standing itself says it */
  async get(about: string): Promise<Standing> {
    const item = await this.#table.get(keyOf(about));
    return item === undefined ? noStanding(about) : readItem(Standing, item);
  }

  /** False when somebody else wrote since it was read. */
  save(standing: Standing): Promise<boolean> {
    const { about, version } = standing;
    const item = { ...keyOf(about), ...standing, version: version + 1 };
    return version === 0
      ? this.#table.put(item, { expression: "attribute_not_exists(pk)" })
      : this.#table.put(item, { expression: "version = :version", values: { ":version": version } });
  }
}

function keyOf(about: string): { pk: string; sk: string } {
  return { pk: about, sk: "STANDING" };
}
