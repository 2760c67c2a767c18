import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { stringify } from "yaml";
import type { Catalog } from "../catalog/catalog.ts";
import { checkShape } from "./check-shape.ts";
import { type Problem, readSource } from "./positions.ts";

const optionId = v.pipe(v.string(), v.regex(/^\d+$/, "a number in quotes"));

/** Ids of options by field, and by what they stand for: `github`, `github/developer`, or the id of a JumpCloud group. */
const PublishedOptions = v.record(
  v.pipe(v.string(), v.regex(/^customfield_\d+$/, "customfield_ and a number")),
  v.record(v.string(), optionId),
);
export type PublishedOptions = v.InferOutput<typeof PublishedOptions>;

const fileName = "options.yaml";

const heading = `# Which option of a form's field stands for what. Written by “latchkey catalog publish”; keep it with the other files.
`;

type Unreadable = { problems: Problem[] };

export function hasProblems(options: PublishedOptions | Unreadable): options is Unreadable {
  return "problems" in options && Array.isArray(options.problems);
}

/** `options.yaml` of the folder; nothing, if there is none. */
export function readOptions(folder: string): PublishedOptions | Unreadable {
  const file = join(folder, fileName);
  if (!existsSync(file)) return {};
  const source = readSource(file, readFileSync(file, "utf8"));
  if (Array.isArray(source)) return { problems: source };
  const checked = checkShape(source, PublishedOptions);
  return "problems" in checked ? { problems: checked.problems } : checked.value;
}

export function writeOptions(folder: string, options: PublishedOptions): void {
  const sorted = Object.fromEntries(
    Object.entries(options)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([field, ids]) => [
        field,
        Object.fromEntries(Object.entries(ids).toSorted(([a], [b]) => a.localeCompare(b))),
      ]),
  );
  // Keys too: the id of a group may look like a number, such as 5e0000000000000000000001.
  const yaml = stringify(sorted, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "QUOTE_DOUBLE" });
  writeFileSync(join(folder, fileName), heading + yaml);
}

/** The catalog with the options that were published for what names none itself. */
export function withOptions(catalog: Catalog, published: PublishedOptions): Catalog {
  const ids = new Map(Object.values(published).flatMap((field) => Object.entries(field)));
  const optionOf = (owner: string) => {
    const option = ids.get(owner);
    return option === undefined ? {} : { option };
  };
  return {
    ...catalog,
    applications: catalog.applications.map((application) => ({
      ...optionOf(application.id),
      ...application,
      entitlements: application.entitlements.map((entitlement) => ({
        ...optionOf(`${application.id}/${entitlement.id}`),
        ...entitlement,
      })),
    })),
  };
}
