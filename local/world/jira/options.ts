import type { Collection, Store } from "../../store.ts";
import type { Counters } from "./counters.ts";

/** A choice of a select field. In a cascading field a child names its parent. */
export type Option = { id: string; value: string; disabled: boolean; parentId?: string };

type NewOption = { value: string; disabled: boolean; parentId?: string };

/** Thrown when a change of options is refused. `notFound`: an option that it names does not exist. */
export class OptionsRefused extends Error {
  override readonly name = "OptionsRefused";
  readonly notFound: boolean;

  constructor(message: string, notFound = false) {
    super(message);
    this.notFound = notFound;
  }
}

const longestValue = 255;

/** The options of the select fields, in the order in which forms show them. */
export class Options {
  readonly #fields: Collection<Option[]>;
  readonly #counters: Counters;

  constructor(store: Store, counters: Counters, seed: Record<string, Option[]>) {
    this.#fields = store.collection("jira.options");
    this.#counters = counters;
    store.together(() => {
      for (const [fieldId, options] of Object.entries(seed))
        if (!this.#fields.get(fieldId)) this.#fields.set(fieldId, options);
    });
  }

  /** Parents first, then the children of each parent. */
  list(fieldId: string): Option[] {
    const all = this.#fields.get(fieldId) ?? [];
    const parents = all.filter((option) => option.parentId === undefined);
    return [...parents, ...parents.flatMap((parent) => all.filter((child) => child.parentId === parent.id))];
  }

  find(fieldId: string, id: string): Option | undefined {
    return this.#fields.get(fieldId)?.find((option) => option.id === id);
  }

  add(fieldId: string, added: NewOption[]): Option[] {
    const options = this.list(fieldId);
    for (const option of added) {
      if (option.parentId !== undefined && !options.some((other) => other.id === option.parentId))
        throw new OptionsRefused(`The option with id ${option.parentId} was not found.`, true);
      options.push({ id: "", ...option });
      checkValues(options);
    }
    const created = added.map((option) => ({ id: String(this.#counters.next("option", 10401)), ...option }));
    this.#fields.set(fieldId, [...options.filter((option) => option.id !== ""), ...created]);
    return created;
  }

  /** Renames, disables and enables; the options that really changed. All of them or, when one is refused, none. */
  change(fieldId: string, changes: { id: string; value?: string; disabled?: boolean }[]): Option[] {
    const before = this.list(fieldId);
    this.#mustExist(
      fieldId,
      changes.map((change) => change.id),
    );
    const changed: Option[] = [];
    const after = before.map((option) => {
      const change = changes.find((other) => other.id === option.id);
      const next = { ...option, ...change };
      if (next.value === option.value && next.disabled === option.disabled) return option;
      changed.push(next);
      return next;
    });
    checkValues(after);
    this.#fields.set(fieldId, after);
    return changed;
  }

  /** Moves options, in the given order, to the first or last place or after another option of the same parent. */
  move(fieldId: string, ids: string[], place: { position: "First" | "Last" } | { after: string }): void {
    const all = this.list(fieldId);
    this.#mustExist(fieldId, "after" in place ? [...ids, place.after] : ids);
    const moved = ids.flatMap((id) => all.filter((option) => option.id === id));
    const parentId = moved[0]?.parentId;
    const after = "after" in place ? all.find((option) => option.id === place.after) : undefined;
    if ([...moved, ...(after ? [after] : [])].some((option) => option.parentId !== parentId))
      throw new OptionsRefused("Options of different parents can't be moved together.");

    const rest = all.filter((option) => !ids.includes(option.id));
    let index = rest.length;
    if (after) index = rest.indexOf(after) + 1;
    else if ("position" in place && place.position === "First") index = 0;
    this.#fields.set(fieldId, [...rest.slice(0, index), ...moved, ...rest.slice(index)]);
  }

  remove(fieldId: string, id: string): void {
    const all = this.list(fieldId);
    this.#mustExist(fieldId, [id]);
    if (all.some((option) => option.parentId === id))
      throw new OptionsRefused("The option has cascading options. Delete them first.");
    this.#fields.set(
      fieldId,
      all.filter((option) => option.id !== id),
    );
  }

  #mustExist(fieldId: string, ids: string[]): void {
    const missing = ids.filter((id) => !this.find(fieldId, id));
    if (missing.length > 0)
      throw new OptionsRefused(`These options were not found: ${missing.join(", ")}.`, true);
  }
}

function checkValues(options: Option[]): void {
  const seen = new Set<string>();
  for (const { value, parentId } of options) {
    if (value.trim() === "") throw new OptionsRefused("The option's value can't be empty.");
    if (value.length > longestValue)
      throw new OptionsRefused(`The option's value can't be longer than ${longestValue} characters.`);
    const name = `${parentId ?? ""}/${value.toLowerCase()}`;
    if (seen.has(name)) throw new OptionsRefused(`The option '${value}' already exists.`);
    seen.add(name);
  }
}
