import type { FormOption, OptionChange } from "../../src/catalog/plan-options.ts";
import type { PublishDeps } from "../../src/catalog/publish-options.ts";

type FormPort = PublishDeps["form"];

/** The options of a select field as Jira keeps them: no two siblings of one label, at no moment. Can die at any call. */
export class OptionList implements FormPort {
  #options: FormOption[] = [];
  #next = 1;
  #left: number | undefined;
  writes = 0;
  isOnForm = true;
  contextIds = ["1"];

  /** After so many writes the next one is done, and its answer is lost. */
  dieAfter(writes: number | undefined): void {
    this.#left = writes;
  }

  /** What the form shows. */
  tree(parentId?: string): object[] {
    return this.#options
      .filter((option) => option.parentId === parentId && !option.disabled)
      .map(({ id, value }) => ({ label: value, children: this.tree(id) }));
  }

  contexts = async () => this.contextIds;
  options = async () => structuredClone(this.#options);
  shownOn = async () =>
    this.isOnForm ? this.#options.filter(({ disabled }) => !disabled).map(({ id }) => id) : undefined;

  add: PublishDeps["form"]["add"] = async (_, added) => {
    const created = added.map((option) => ({ ...option, id: String(this.#next++), disabled: false }));
    this.#set([...this.#options, ...created]);
    this.#written();
    return structuredClone(created);
  };

  change = async (_: unknown, changes: OptionChange[]) => {
    const byId = new Map(changes.map((change) => [change.id, change]));
    this.#set(this.#options.map((option) => ({ ...option, ...byId.get(option.id) })));
    this.#written();
  };

  moveFirst = async (_: unknown, ids: string[]) => {
    const moved = ids.flatMap((id) => this.#options.filter((option) => option.id === id));
    this.#set([...moved, ...this.#options.filter((option) => !ids.includes(option.id))]);
    this.#written();
  };

  #set(options: FormOption[]): void {
    const seen = new Set<string>();
    for (const { parentId, value } of options) {
      const place = `${parentId ?? ""}/${value.toLowerCase()}`;
      if (seen.has(place)) throw new Error(`two options are called ${value}`);
      seen.add(place);
    }
    this.#options = options;
  }

  #written(): void {
    this.writes++;
    if (this.#left === undefined) return;
    if (this.#left === 0) throw new Error("killed");
    this.#left--;
  }
}
