import type { Collection, Store } from "../../store.ts";
import { refusal } from "./refusal.ts";

/** Records of one kind that nobody changes. */
export class Records<Item extends { _id: string }> {
  readonly #collection: Collection<Item>;
  readonly #noun: string;

  constructor(store: Store, collection: string, noun: string) {
    this.#collection = store.collection(collection);
    this.#noun = noun;
  }

  all(): Item[] {
    return this.#collection.values();
  }

  find(id: string): Item | undefined {
    return this.#collection.get(id);
  }

  /** Throws 404 for an unknown id. */
  get(id: string): Item {
    const item = this.#collection.get(id);
    if (!item) throw refusal(404, `there is no ${this.#noun} ${id}`);
    return item;
  }

  delete(id: string): void {
    this.#collection.delete(id);
  }

  put(item: Item): void {
    this.#collection.set(item._id, item);
  }
}
