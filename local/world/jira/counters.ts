import type { Collection, Store } from "../../store.ts";

/** Numbers that are never given twice, also not after a restart. */
export class Counters {
  readonly #last: Collection<number>;

  constructor(store: Store) {
    this.#last = store.collection("jira.counters");
  }

  /** The next number of its kind; the first one is `first`. */
  next(kind: string, first = 1): number {
    const number = this.peek(kind, first);
    this.#last.set(kind, number);
    return number;
  }

  /** The number that `next` will give. */
  peek(kind: string, first = 1): number {
    return (this.#last.get(kind) ?? first - 1) + 1;
  }
}
