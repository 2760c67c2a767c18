/**
 * Words that are nowhere else, each planted in one place that Latchkey may see and must not pass on. Found again by their shape, so
 * that a thousand of them are searched for at once.
 */
export class Canaries {
  readonly #places: string[] = [];

  get planted(): number {
    return this.#places.length;
  }

  /** Another one. It may be a part of an e-mail address, of a header and of a name. */
  at(place: string): string {
    this.#places.push(place);
    return `cnry${String(this.#places.length - 1).padStart(7, "0")}x`;
  }

  /** Where those that are in the text were planted, each place once. */
  foundIn(text: string): string[] {
    const numbers = [...text.matchAll(/cnry(\d{7})x/gi)].map(([, number]) => Number(number));
    return [...new Set(numbers.map((number) => this.#places[number] ?? "nobody knows where"))];
  }
}
