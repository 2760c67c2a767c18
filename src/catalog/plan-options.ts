/** An option of a select field as Jira has it. In a cascading select a child names its parent. */
export type FormOption = { id: string; value: string; disabled: boolean; parentId?: string };

/** What a select field shall show, in this order. */
export type WantedOption = {
  /** What the option stands for, such as `github`, `github/developer` or the id of a group. */
  owner: string;
  label: string;
  children?: WantedOption[];
};

export type NewOption = { owner: string; value: string; parentId?: string };
export type OptionChange = { id: string; value?: string; disabled?: boolean };

/** What has to be done to a field. What is below an option that is still to be added follows in the next plan. */
export type OptionPlan = {
  /** Ids of the options that there are, by owner; those of what is no longer shown, too. */
  ids: Map<string, string>;
  /** Labels that others need at once: Jira refuses two options with the same, so these step aside first. */
  asides: OptionChange[];
  changes: OptionChange[];
  additions: NewOption[];
  /** Ids of one parent's options in the order that they shall have, where they have another one. */
  orders: string[][];
  /** Options that stand for nothing that is known. They stay as they are. */
  foreign: FormOption[];
};

/** The field cannot become what it shall be. Nothing has been written. */
export class OptionsUnclearError extends Error {
  override readonly name = "OptionsUnclearError";
}

/** Jira's limits, by the documentation of its calls for options of fields. */
const longestLabel = 255;
const mostOptions = 10_000;

/**
 * Compares what a field shall show with the options that it has.
 *
 * Options are known by their id, so that either system may rename one. Only an option that stands for nothing yet is found by its
 * label: a publishing that died has left such options behind. Nothing is deleted: old tickets would lose their value.
 *
 * @param owned ids of the options by what they stand for; of what shall not be shown, too
 * @param reserved ids of options that mean something else, such as “Something else”
 * @throws OptionsUnclearError
 */
export function planOptions(
  wanted: WantedOption[],
  owned: ReadonlyMap<string, string>,
  existing: FormOption[],
  reserved: readonly string[] = [],
): OptionPlan {
  const field = new Field(owned, existing, reserved);
  const plan: OptionPlan = {
    ids: new Map(),
    asides: [],
    changes: [],
    additions: [],
    orders: [],
    foreign: [],
  };
  field.fill(plan, wanted, undefined);
  field.retire(plan);
  plan.foreign = field.foreign(plan);
  const total = existing.length + flat(wanted).filter(({ owner }) => !plan.ids.has(owner)).length;
  if (total > mostOptions)
    throw new OptionsUnclearError(
      `The field would have ${total} options; Jira takes ${mostOptions} at most.`,
    );
  return plan;
}

/** Whether the field is as it shall be. */
export function isDone({ asides, changes, additions, orders }: OptionPlan): boolean {
  return asides.length + changes.length + additions.length + orders.length === 0;
}

class Field {
  readonly #byId: Map<string, FormOption>;
  readonly #siblings: Map<string | undefined, FormOption[]>;
  readonly #reserved: Set<string>;
  readonly #owned: ReadonlyMap<string, string>;
  /** Ids of options that stand for something, wanted or not. */
  readonly #taken: Set<string>;

  constructor(owned: ReadonlyMap<string, string>, existing: FormOption[], reserved: readonly string[]) {
    this.#byId = new Map(existing.map((option) => [option.id, option]));
    this.#siblings = Map.groupBy(existing, ({ parentId }) => parentId);
    this.#reserved = new Set(reserved);
    this.#owned = owned;
    this.#taken = new Set(owned.values());
    for (const [owner, id] of owned)
      if (this.#reserved.has(id))
        throw new OptionsUnclearError(`${owner}: option ${id} stands for something else in site.yaml.`);
  }

  /** Plans what is below one parent, and below each of its options that is there. */
  fill(plan: OptionPlan, wanted: WantedOption[], parentId: string | undefined): void {
    checkLabels(wanted);
    const siblings = this.#siblings.get(parentId) ?? [];
    const byLabel = new Map(siblings.map((option) => [folded(option.value), option]));
    const order: string[] = [];
    for (const { owner, label, children = [] } of wanted) {
      const there = byLabel.get(folded(label));
      const option = this.#own(owner, parentId) ?? (there && this.#isFree(there) ? there : undefined);
      if (there && there !== option) this.#stepAside(plan, there, owner);
      if (!option) {
        plan.additions.push({ owner, value: label, ...(parentId === undefined ? {} : { parentId }) });
        continue;
      }
      plan.ids.set(owner, option.id);
      order.push(option.id);
      change(plan, option, { value: label, disabled: false });
      if (children.length > 0) this.fill(plan, children, option.id);
    }
    const shown = new Set(order);
    const now = siblings.map(({ id }) => id).filter((id) => shown.has(id));
    if (order.length === wanted.length && now.some((id, index) => id !== order[index]))
      plan.orders.push(order);
  }

  /** What was shown and is not any more leaves the form. */
  retire(plan: OptionPlan): void {
    const shown = new Set(plan.ids.values());
    for (const [owner, id] of this.#owned) {
      const option = this.#byId.get(id);
      if (!option || plan.ids.has(owner) || shown.has(id)) continue;
      plan.ids.set(owner, id);
      change(plan, option, { disabled: true });
    }
  }

  foreign({ ids }: OptionPlan): FormOption[] {
    const known = new Set([...ids.values(), ...this.#reserved]);
    return [...this.#byId.values()].filter(({ id, disabled }) => !disabled && !known.has(id));
  }

  /** The option that stands for it, if it is where it belongs: options cannot go from one parent to another. */
  #own(owner: string, parentId: string | undefined): FormOption | undefined {
    const id = this.#owned.get(owner);
    const option = id === undefined ? undefined : this.#byId.get(id);
    if (id !== undefined && !option)
      throw new OptionsUnclearError(`${owner}: the field has no option ${id}.`);
    if (option && option.parentId !== parentId)
      throw new OptionsUnclearError(
        `${owner}: option ${option.id} is below ${option.parentId ?? "nothing"}, not below ${parentId ?? "nothing"}; Jira cannot move it. Take its id out of the files, and a new one is made.`,
      );
    return option;
  }

  #isFree({ id }: FormOption): boolean {
    return !this.#taken.has(id) && !this.#reserved.has(id);
  }

  /** The label goes to another option: whoever has it now is called otherwise until its own turn comes. */
  #stepAside(plan: OptionPlan, option: FormOption, owner: string): void {
    if (this.#reserved.has(option.id) || !this.#taken.has(option.id))
      throw new OptionsUnclearError(
        `${owner}: option ${option.id}, which does not stand for it, is called “${option.value}” already.`,
      );
    plan.asides.push({ id: option.id, value: `${option.value.slice(0, 230)} (${option.id})` });
  }
}

function change(plan: OptionPlan, option: FormOption, to: { value?: string; disabled: boolean }): void {
  const aside = plan.asides.find(({ id }) => id === option.id);
  const value = aside?.value ?? option.value;
  const parts = {
    ...(to.value === undefined || to.value === value ? {} : { value: to.value }),
    ...(option.disabled === to.disabled ? {} : { disabled: to.disabled }),
  };
  if (Object.keys(parts).length > 0) plan.changes.push({ id: option.id, ...parts });
}

function checkLabels(wanted: WantedOption[]): void {
  const seen = new Map<string, string>();
  for (const { owner, label } of wanted) {
    if (label.trim() === "") throw new OptionsUnclearError(`${owner}: its name is empty.`);
    if (label.length > longestLabel)
      throw new OptionsUnclearError(`${owner}: its name has more than ${longestLabel} characters.`);
    const other = seen.get(folded(label));
    if (other !== undefined)
      throw new OptionsUnclearError(`${owner} and ${other} are both called “${label}”.`);
    seen.set(folded(label), owner);
  }
}

/** Jira does not tell labels apart that differ in upper and lower case, or in blanks around them. */
function folded(label: string): string {
  return label.trim().toLowerCase();
}

function flat(wanted: WantedOption[]): WantedOption[] {
  return wanted.flatMap((one) => [one, ...flat(one.children ?? [])]);
}
