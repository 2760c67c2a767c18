import * as v from "valibot";
import type { FormOption, OptionChange } from "../catalog/plan-options.ts";
import { type HttpClient, path } from "../http/client.ts";
import { read } from "../http/json.ts";

const page = <Item extends v.GenericSchema>(item: Item) =>
  v.object({ values: v.array(item), isLast: v.optional(v.boolean(), true) });

const Fields = v.array(
  v.object({ id: v.string(), schema: v.nullish(v.object({ custom: v.nullish(v.string()) })) }),
);

const Mapping = v.object({
  contextId: v.string(),
  projectId: v.nullish(v.string()),
  isGlobalContext: v.nullish(v.boolean()),
});
const Option = v.object({
  id: v.string(),
  value: v.string(),
  /** Left out when it is false, in the vendor's own examples. */
  disabled: v.optional(v.boolean(), false),
  /** The parent's. */
  optionId: v.nullish(v.string()),
});
const Added = v.object({ options: v.array(Option) });

const ServiceDesk = v.object({ id: v.string(), projectId: v.string() });
const ServiceDesks = v.object({
  values: v.array(ServiceDesk),
  isLastPage: v.optional(v.boolean(), true),
});
const Choice = v.object({
  value: v.string(),
  children: v.optional(v.array(v.object({ value: v.string() })), []),
});
const FormFields = v.object({
  requestTypeFields: v.array(v.object({ fieldId: v.string(), validValues: v.optional(v.array(Choice), []) })),
});

type List = { fieldId: string; contextId: string };

/**
 * The options of select fields, which only an administrator of Jira may see and change. Of company-managed projects: what fields of
 * team-managed ones do is not documented.
 */
export class JiraOptions {
  readonly #http: HttpClient;
  #serviceDesks: Map<string, string> | undefined;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** Ids of the fields whose options have options below them. */
  async cascadingFields(): Promise<Set<string>> {
    const answer = await this.#http.call({ method: "GET", path: "/rest/api/3/field" });
    return new Set(
      read(answer, "fields", Fields)
        .filter(({ schema }) => schema?.custom?.endsWith(":cascadingselect"))
        .map(({ id }) => id),
    );
  }

  /** Ids of the contexts whose options the project gets for the field: its own, or the one of all projects. */
  async contexts(fieldId: string, projectId: string): Promise<string[]> {
    const from = path`/rest/api/3/field/${fieldId}/context/projectmapping`;
    const mappings = await this.#all(from, page(Mapping), "50");
    const own = mappings.filter((mapping) => mapping.projectId === projectId);
    const fitting = own.length > 0 ? own : mappings.filter(({ isGlobalContext }) => isGlobalContext);
    return [...new Set(fitting.map(({ contextId }) => contextId))];
  }

  /** In the order of the form. */
  async options({ fieldId, contextId }: List): Promise<FormOption[]> {
    const from = path`/rest/api/3/field/${fieldId}/context/${contextId}/option`;
    return (await this.#all(from, page(Option), "1000")).map(toOption);
  }

  /** The new options, in the given order; a thousand at most. */
  async add(
    { fieldId, contextId }: List,
    options: { value: string; parentId?: string }[],
  ): Promise<FormOption[]> {
    const answer = await this.#http.call({
      method: "POST",
      path: path`/rest/api/3/field/${fieldId}/context/${contextId}/option`,
      body: {
        options: options.map(({ value, parentId }) => ({
          value,
          ...(parentId === undefined ? {} : { optionId: parentId }),
        })),
      },
    });
    return read(answer, "new options", Added).options.map(toOption);
  }

  /** All of them or none; a thousand at most. */
  async change({ fieldId, contextId }: List, changes: OptionChange[]): Promise<void> {
    await this.#http.call({
      method: "PUT",
      path: path`/rest/api/3/field/${fieldId}/context/${contextId}/option`,
      body: { options: changes },
      repeatable: true,
    });
  }

  async moveFirst({ fieldId, contextId }: List, optionIds: string[]): Promise<void> {
    await this.#http.call({
      method: "PUT",
      path: path`/rest/api/3/field/${fieldId}/context/${contextId}/option/move`,
      body: { customFieldOptionIds: optionIds, position: "First" },
      repeatable: true,
    });
  }

  /** Ids of the options that the form shows to customers; undefined when the field is not on it. */
  async shownOn(
    { project, requestTypeId }: { project: string; requestTypeId: string },
    fieldId: string,
  ): Promise<string[] | undefined> {
    const answer = await this.#http.call({
      method: "GET",
      path: path`/rest/servicedeskapi/servicedesk/${await this.#serviceDeskOf(project)}/requesttype/${requestTypeId}/field`,
    });
    const field = read(answer, "form", FormFields).requestTypeFields.find((one) => one.fieldId === fieldId);
    return field?.validValues.flatMap(({ value, children }) => [
      value,
      ...children.map((child) => child.value),
    ]);
  }

  async #serviceDeskOf(project: string): Promise<string> {
    if (!this.#serviceDesks) {
      this.#serviceDesks = new Map();
      for (let start = 0, isLast = false; !isLast; ) {
        const query = { start: String(start), limit: "50" };
        const answer = await this.#http.call({
          method: "GET",
          path: "/rest/servicedeskapi/servicedesk",
          query,
        });
        const { values, isLastPage } = read(answer, "service desks", ServiceDesks);
        for (const { id, projectId } of values) this.#serviceDesks.set(projectId, id);
        start += values.length;
        isLast = isLastPage || values.length === 0;
      }
    }
    // Jira takes the project's key or id too; an unknown project is then Jira's to refuse.
    return this.#serviceDesks.get(project) ?? project;
  }

  /** Every item of every page, whatever number of them Jira puts on one. */
  async #all<Item>(
    from: string,
    schema: v.GenericSchema<unknown, { values: Item[]; isLast: boolean }>,
    maxResults: string,
  ): Promise<Item[]> {
    const items: Item[] = [];
    for (let isDone = false; !isDone; ) {
      const query = { startAt: String(items.length), maxResults };
      const answer = await this.#http.call({ method: "GET", path: from, query });
      const { values, isLast } = read(answer, "list", schema);
      items.push(...values);
      isDone = isLast || values.length === 0;
    }
    return items;
  }
}

function toOption({ id, value, disabled, optionId }: v.InferOutput<typeof Option>): FormOption {
  return { id, value, disabled, ...(optionId ? { parentId: optionId } : {}) };
}
