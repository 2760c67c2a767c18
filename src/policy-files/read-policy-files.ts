import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type * as v from "valibot";
import { Actions } from "../actions/action-rules.ts";
import { Catalog } from "../catalog/catalog.ts";
import { type Policy, PolicyFile } from "../policy/policy.ts";
import { Site } from "../policy/site.ts";
import { checkMeaning, checkPublished } from "./check-meaning.ts";
import { checkRules } from "./check-rules.ts";
import { checkShape } from "./check-shape.ts";
import { hasProblems, readOptions, withOptions } from "./options-file.ts";
import { type Problem, readSource, type Source } from "./positions.ts";

export type PolicyFiles = { site: Site; policy: Policy; catalog: Catalog };

/**
 * Reads `site.yaml`, `policy.yaml` and `catalog.yaml` of a folder, and `actions.yaml` and `options.yaml` if they are there. Nothing of
 * them is used unless all of them are right: either everything, or every problem, by file and line.
 *
 * @param allows `unpublished`: entitlements that no form has an option for
 */
export function readPolicyFiles(
  folder: string,
  allows: { unpublished?: boolean } = {},
): PolicyFiles | { problems: Problem[] } {
  const files = readAll(folder, allows.unpublished ?? false);
  if (!("problems" in files)) return files;
  const inOrder = (a: Problem, b: Problem) =>
    a.file === b.file ? a.line - b.line || a.column - b.column : 0;
  return { problems: files.problems.toSorted(inOrder) };
}

function readAll(folder: string, unpublished: boolean): PolicyFiles | { problems: Problem[] } {
  const options = readOptions(folder);
  const site = readFile(folder, "site.yaml", Site);
  const policy = readFile(folder, "policy.yaml", PolicyFile);
  const catalog = readFile(folder, "catalog.yaml", Catalog);
  const actions = existsSync(join(folder, "actions.yaml"))
    ? readFile(folder, "actions.yaml", Actions)
    : undefined;
  const files = [site, policy, catalog, ...(actions ? [actions] : [])];
  const problems = files.flatMap((file) => ("problems" in file ? file.problems : []));
  if (hasProblems(options)) return { problems: [...options.problems, ...problems] };
  if ("problems" in site || "problems" in policy || "problems" in catalog) return { problems };
  if (actions && "problems" in actions) return { problems };

  const published = { ...catalog, value: withOptions(catalog.value, options) };
  const meaning = [
    ...checkMeaning({ site, policy, catalog: published }),
    ...(actions ? checkRules(actions, { site: site.value, policy: policy.value }) : []),
    ...(unpublished ? [] : checkPublished(published)),
  ];
  if (meaning.length > 0) return { problems: meaning };
  const whole: Policy = { ...policy.value, ...(actions ? { actions: actions.value } : {}) };
  return { site: site.value, policy: whole, catalog: published.value };
}

/** `folder/site.yaml` alone: what the stack has to know before anything is applied. */
export function readSite(folder: string): Site | { problems: Problem[] } {
  const site = readFile(folder, "site.yaml", Site);
  return "problems" in site ? site : site.value;
}

/** A problem in the form that editors and terminals make a link of. */
export function formatProblem({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column} ${message}`;
}

type ReadFile<Value> = { value: Value; source: Source };

function readFile<Schema extends v.GenericSchema>(
  folder: string,
  name: string,
  schema: Schema,
): ReadFile<v.InferOutput<Schema>> | { problems: Problem[] } {
  const file = join(folder, name);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return { problems: [{ file, line: 1, column: 1, message: "the file cannot be read" }] };
  }
  const source = readSource(file, text);
  if (Array.isArray(source)) return { problems: source };
  const checked = checkShape(source, schema);
  return "problems" in checked ? checked : { ...checked, source };
}
