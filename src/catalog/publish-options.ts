import {
  type FormOption,
  isDone,
  type NewOption,
  type OptionChange,
  type OptionPlan,
  OptionsUnclearError,
  planOptions,
  type WantedOption,
} from "./plan-options.ts";

/** The list of options that a project has for a select field. */
type OptionList = { fieldId: string; contextId: string };

type Form = { project: string; requestTypeId: string };

/** What one field shall show, and on which forms. */
export type Publication = {
  fieldId: string;
  /** Ids of the projects whose options these are. */
  projects: string[];
  forms: Form[];
  wanted: WantedOption[];
  /** Ids of options by what they stand for; of what shall not be shown, too. */
  owned: ReadonlyMap<string, string>;
  /** Ids of options that mean something else. */
  reserved: string[];
};

export type PublishDeps = {
  form: {
    /** Ids of the contexts whose options the project gets for the field: its own, or the one of all projects. */
    contexts(fieldId: string, projectId: string): Promise<string[]>;
    options(list: OptionList): Promise<FormOption[]>;
    /** The new options, in the given order. */
    add(list: OptionList, options: Omit<NewOption, "owner">[]): Promise<FormOption[]>;
    /** All of them or none. */
    change(list: OptionList, changes: OptionChange[]): Promise<void>;
    /** Puts options of one parent before all others, in this order. */
    moveFirst(list: OptionList, optionIds: string[]): Promise<void>;
    /** Ids of the options that the form shows; undefined when the field is not on it. */
    shownOn(form: Form, fieldId: string): Promise<string[] | undefined>;
  };
  /** Keeps which option stands for what, before anything else is done with it. */
  keep(fieldId: string, ids: ReadonlyMap<string, string>): void;
};

/** What was done to a field, or would be. */
export type Published = {
  field: string;
  /** Labels. */
  added: string[];
  renamed: { from: string; to: string }[];
  enabled: string[];
  disabled: string[];
  /** How many lists were put in order. */
  ordered: number;
  /** Labels of options that stand for nothing that is known. They stay as they are. */
  foreign: string[];
  /** By request type: how many of the options its form does not show; all, when the field is not on it. */
  missing: Record<string, number>;
};

/** Jira's limit for one call. */
const mostAtOnce = 1_000;

/**
 * Keeps a select field in step with the fewest calls: one for all changes, one for all new options of each depth, one for each
 * list that is out of order; a thousand options in each. Doing it again finishes what an earlier run left half-way.
 *
 * @param dryRun reads only, and says what would be done
 * @throws OptionsUnclearError before anything is written
 */
export async function publishOptions(
  { form, keep }: PublishDeps,
  publication: Publication,
  dryRun: boolean,
): Promise<Published> {
  const { fieldId, wanted, reserved } = publication;
  const list = { fieldId, contextId: await contextOf(form, publication) };
  const existing = await form.options(list);
  const first = planOptions(wanted, publication.owned, existing, reserved);
  const report = reportOf(publication, existing, first);
  if (dryRun || (isDone(first) && first.ids.size === publication.owned.size))
    return { ...report, missing: dryRun ? {} : await missingOn(form, publication, first) };

  keep(fieldId, first.ids);
  for (const part of parts(first.asides)) await form.change(list, part);
  for (const part of parts(first.changes)) await form.change(list, part);
  let { options, plan } = { options: changed(existing, first), plan: first };
  while (plan.additions.length > 0) {
    for (const part of parts(plan.additions)) {
      const created = await form.add(
        list,
        part.map(({ owner: _, ...option }) => option),
      );
      options = [...options, ...created];
      for (const [index, { owner }] of part.entries()) plan.ids.set(owner, created[index]?.id ?? "");
      keep(fieldId, plan.ids);
    }
    plan = planOptions(wanted, plan.ids, options, reserved);
  }
  for (const order of plan.orders) await form.moveFirst(list, order);
  return { ...report, ordered: plan.orders.length, missing: await missingOn(form, publication, plan) };
}

async function contextOf(
  form: PublishDeps["form"],
  { fieldId, projects }: Pick<Publication, "fieldId" | "projects">,
): Promise<string> {
  const found = await Promise.all([...new Set(projects)].map((project) => form.contexts(fieldId, project)));
  const ids = [...new Set(found.flat())];
  const [id, ...others] = ids;
  if (id === undefined)
    throw new OptionsUnclearError(`${fieldId}: the project has no context for this field.`);
  if (others.length > 0)
    throw new OptionsUnclearError(
      `${fieldId}: its options are in several contexts (${ids.join(", ")}); one list of options for all forms is needed.`,
    );
  return id;
}

/** The options as they are after the changes. */
function changed(existing: FormOption[], { asides, changes }: OptionPlan): FormOption[] {
  const byId = new Map<string, OptionChange>();
  for (const change of [...asides, ...changes]) byId.set(change.id, { ...byId.get(change.id), ...change });
  return existing.map((option) => ({ ...option, ...byId.get(option.id) }));
}

function reportOf(
  { fieldId, wanted, owned }: Publication,
  existing: FormOption[],
  plan: OptionPlan,
): Published {
  const before = new Map(existing.map((option) => [option.id, option]));
  const label = (id: string) => before.get(id)?.value ?? id;
  const flat = (list: WantedOption[]): WantedOption[] =>
    list.flatMap((one) => [one, ...flat(one.children ?? [])]);
  return {
    field: fieldId,
    added: flat(wanted)
      .filter(({ owner }) => !plan.ids.has(owner) && !owned.has(owner))
      .map((one) => one.label),
    renamed: plan.changes.flatMap(({ id, value }) =>
      value === undefined ? [] : [{ from: label(id), to: value }],
    ),
    enabled: plan.changes.filter(({ disabled }) => disabled === false).map(({ id }) => label(id)),
    disabled: plan.changes.filter(({ disabled }) => disabled).map(({ id }) => label(id)),
    ordered: plan.orders.length,
    foreign: plan.foreign.map(({ value }) => value),
    missing: {},
  };
}

/** Reads the forms back, as customers see them. */
async function missingOn(
  form: PublishDeps["form"],
  { fieldId, forms, wanted }: Publication,
  { ids }: OptionPlan,
): Promise<Published["missing"]> {
  const flat = (list: WantedOption[]): WantedOption[] =>
    list.flatMap((one) => [one, ...flat(one.children ?? [])]);
  const expected = flat(wanted).map(({ owner }) => ids.get(owner) ?? "");
  const missing: Published["missing"] = {};
  for (const one of forms) {
    const shown = new Set(await form.shownOn(one, fieldId));
    const count = expected.filter((id) => !shown.has(id)).length;
    if (count > 0) missing[one.requestTypeId] = count;
  }
  return missing;
}

function parts<Item>(items: Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / mostAtOnce) }, (_, index) =>
    items.slice(index * mostAtOnce, (index + 1) * mostAtOnce),
  );
}
