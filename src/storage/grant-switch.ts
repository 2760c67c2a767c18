import { GrantSwitch, neverStopped } from "../grants/grant-switch.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

const key = { pk: "POLICY", sk: "GRANTS" };

/** Whether access is given, in the Catalog table: `POLICY` / `GRANTS`. Never from memory. */
export class StoredGrantSwitch {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(): Promise<GrantSwitch> {
    const item = await this.#table.get(key);
    return item === undefined ? neverStopped : readItem(GrantSwitch, item);
  }

  /** False when somebody else wrote since it was read. */
  save(grantSwitch: GrantSwitch): Promise<boolean> {
    const { version } = grantSwitch;
    return this.#table.put(
      { ...key, ...grantSwitch, version: version + 1 },
      version === 0
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "version = :version", values: { ":version": version } },
    );
  }
}
