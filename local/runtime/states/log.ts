import type { Collection, Store } from "../../store.ts";

/** Append-only lists in a store, one per owner; an entry is written once and never changed. */
export class Log<Entry> {
  readonly #documents: Collection<{ owner: string; entry: Entry }>;
  readonly #byOwner = new Map<string, Entry[]>();

  constructor(store: Store, name: string) {
    this.#documents = store.collection(name);
    const stored = this.#documents.entries().sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, { owner, entry }] of stored) this.#list(owner).push(entry);
  }

  append(owner: string, entry: Entry): void {
    const list = this.#list(owner);
    this.#documents.set(idOf(owner, list.length), { owner, entry });
    list.push(entry);
  }

  of(owner: string): readonly Entry[] {
    return this.#byOwner.get(owner) ?? [];
  }

  remove(owner: string): void {
    for (const index of this.of(owner).keys()) this.#documents.delete(idOf(owner, index));
    this.#byOwner.delete(owner);
  }

  #list(owner: string): Entry[] {
    const known = this.#byOwner.get(owner);
    if (known) return known;
    const list: Entry[] = [];
    this.#byOwner.set(owner, list);
    return list;
  }
}

function idOf(owner: string, index: number): string {
  return `${owner} ${String(index).padStart(6, "0")}`;
}
