import { Store } from "../../../local/store.ts";

/** Stands for the death of the process: nothing that was to be written from here on is. */
export class Killed extends Error {
  override readonly name = "Killed";
}

export class MortalStore extends Store {
  writes = 0;
  diesAt = Number.POSITIVE_INFINITY;
  onDeath = () => {};

  override together<Result>(changes: () => Result): Result {
    if (this.writes++ === this.diesAt) {
      this.onDeath();
      throw new Killed();
    }
    return super.together(changes);
  }
}
