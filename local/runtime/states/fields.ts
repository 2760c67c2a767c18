import jsonata from "jsonata";
import type { Assignments, Problem } from "./definition.ts";
import { expressionIn, isObject } from "./expressions.ts";

/** The members of `$states` besides `input` and `context` that the expressions of a field may use. */
export type Sees = { result?: boolean; errorOutput?: boolean };

const pathFields = [
  "InputPath",
  "OutputPath",
  "ResultPath",
  "ResultSelector",
  "Parameters",
  "Result",
  "ItemsPath",
  "SecondsPath",
  "TimestampPath",
  "TimeoutSecondsPath",
  "HeartbeatSecondsPath",
  "MaxConcurrencyPath",
  "ErrorPath",
  "CausePath",
  "Variable",
];

/**
 * One object of a definition, read field by field. What is wrong is added to `problems` and read as absent, so that
 * one look finds everything.
 */
export class Fields {
  readonly location: string;
  readonly problems: Problem[];
  readonly #raw: Record<string, unknown>;

  constructor(raw: unknown, location: string, problems: Problem[]) {
    this.location = location;
    this.problems = problems;
    this.#raw = isObject(raw) ? raw : {};
    if (!isObject(raw)) this.#refuse(undefined, "must be an object");
  }

  /** Refuses every field that is not named here, because a field that is ignored would lie. */
  only(...names: string[]): void {
    for (const name of Object.keys(this.#raw)) {
      if (names.includes(name)) continue;
      const reason = pathFields.includes(name)
        ? "belongs to JSONPath; this engine runs JSONata"
        : "is not a field that this engine knows here";
      this.refuse(name, reason);
    }
    this.text("Comment");
  }

  has(name: string): boolean {
    return name in this.#raw;
  }

  raw(name: string): unknown {
    return this.#raw[name];
  }

  text(name: string): string | undefined {
    const value = this.#raw[name];
    if (value === undefined || typeof value === "string") return value;
    this.refuse(name, "must be a string");
    return undefined;
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined && !this.has(name)) this.refuse(name, "is required");
    return value ?? "";
  }

  oneOf(name: string, allowed: readonly string[]): string | undefined {
    const value = this.text(name);
    if (value === undefined || allowed.includes(value)) return value;
    this.refuse(name, `must be one of ${allowed.join(", ")}, not '${value}'`);
    return undefined;
  }

  number(name: string, bounds: { from: number; to: number; whole: boolean }): number | undefined {
    const value = this.#raw[name];
    if (value === undefined) return undefined;
    const kind = bounds.whole ? "a whole number" : "a number";
    const fits = typeof value === "number" && (!bounds.whole || Number.isInteger(value));
    if (fits && value >= bounds.from && value <= bounds.to) return value;
    this.refuse(name, `must be ${kind} from ${bounds.from} to ${bounds.to}`);
    return undefined;
  }

  list(name: string): unknown[] {
    const value = this.#raw[name];
    if (Array.isArray(value)) return value;
    this.refuse(name, this.has(name) ? "must be an array" : "is required");
    return [];
  }

  /** Any JSON with expressions in it; undefined when absent. */
  template(name: string, sees: Sees = {}): unknown {
    if (this.has(name)) this.#check(this.#raw[name], `${this.location}/${name}`, sees);
    return this.#raw[name];
  }

  /** An expression, or a literal that `accepts` says yes to. */
  literalOrExpression(name: string, accepts: (value: unknown) => boolean, expected: string): unknown {
    const value = this.template(name);
    if (value === undefined || expressionIn(value) !== undefined || accepts(value)) return value;
    this.refuse(name, `must be ${expected} or a JSONata expression`);
    return undefined;
  }

  assignments(name: string, sees: Sees = {}): Assignments {
    const value = this.template(name, sees);
    if (value === undefined) return undefined;
    if (!isObject(value)) {
      this.refuse(name, "must be an object of variables");
      return undefined;
    }
    for (const variable of Object.keys(value)) {
      const problem = problemOfVariable(variable);
      if (problem) this.refuse(`${name}/${variable}`, problem);
    }
    return value;
  }

  inner(name: string): Fields {
    return new Fields(this.#raw[name] ?? {}, `${this.location}/${name}`, this.problems);
  }

  refuse(field: string, reason: string, code = "SCHEMA_VALIDATION_FAILED"): void {
    this.#refuse(field, `the field '${field}' ${reason}`, code);
  }

  #refuse(field: string | undefined, message: string, code = "SCHEMA_VALIDATION_FAILED"): void {
    const location = field === undefined ? this.location || "/" : `${this.location}/${field}`;
    this.problems.push({ code, location, message });
  }

  #check(value: unknown, location: string, sees: Sees): void {
    if (typeof value === "string") {
      const problem = problemOfText(value, sees);
      if (problem) this.problems.push({ code: "SCHEMA_VALIDATION_FAILED", location, message: problem });
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.#check(item, `${location}[${index}]`, sees);
    } else if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) this.#check(item, `${location}/${key}`, sees);
    }
  }
}

function problemOfText(text: string, sees: Sees): string | undefined {
  const source = expressionIn(text);
  if (source === undefined) {
    const half = text.startsWith("{%") || text.endsWith("%}");
    return half ? "an expression is the whole string, from {% to %}, without blanks around it" : undefined;
  }
  try {
    const tree: unknown = jsonata(source).ast();
    if (!sees.result && mentions(tree, "result")) return "$states.result does not exist here";
    if (!sees.errorOutput && mentions(tree, "errorOutput")) return "$states.errorOutput exists in Catch only";
    return undefined;
  } catch (error) {
    const message = isObject(error) && "message" in error ? String(error.message) : String(error);
    return `the expression '${source}' is not JSONata: ${message}`;
  }
}

/** Whether `$states.<member>` stands anywhere in a syntax tree of the jsonata package. */
function mentions(tree: unknown, member: string): boolean {
  if (Array.isArray(tree)) return tree.some((part) => mentions(part, member));
  if (!isObject(tree)) return false;
  if (tree.type === "path" && Array.isArray(tree.steps)) {
    const steps: unknown[] = tree.steps;
    if (isNode(steps[0], "variable", "states") && isNode(steps[1], "name", member)) return true;
  }
  return Object.values(tree).some((part) => mentions(part, member));
}

function isNode(node: unknown, type: string, value: string): boolean {
  return isObject(node) && node.type === type && node.value === value;
}

/** Variables are Unicode identifiers of at most 80 characters. */
function problemOfVariable(name: string): string | undefined {
  if (name === "states") return "cannot be assigned: $states is reserved";
  if ([...name].length > 80) return "is longer than 80 characters";
  return /^\p{ID_Start}\p{ID_Continue}*$/u.test(name)
    ? undefined
    : "is not the name of a variable (letters, digits and _, no path)";
}
