import { neverChanged, PolicyChanges } from "../policy/second-person.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

const key = { pk: "POLICY", sk: "CHANGES" };

/** Who changes the policy, in the Catalog table: `POLICY` / `CHANGES`. Never from memory. */
export class StoredPolicyChanges {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(): Promise<PolicyChanges> {
    const item = await this.#table.get(key);
    return item === undefined ? neverChanged : readItem(PolicyChanges, item);
  }

  /** The item with its new version; undefined when somebody else wrote since it was read. */
  async save(changes: PolicyChanges): Promise<PolicyChanges | undefined> {
    const { version } = changes;
    const next = { ...changes, version: version + 1 };
    const isSaved = await this.#table.put(
      { ...key, ...next },
      version === 0
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "version = :version", values: { ":version": version } },
    );
    return isSaved ? next : undefined;
  }
}
