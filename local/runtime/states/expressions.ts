import jsonata from "jsonata";
import { StateFailure } from "./failure.ts";
import { addFunctions } from "./functions.ts";

/** What `$states` holds in a field of a state. */
export type StatesVariable = { input: unknown; context: unknown; result?: unknown; errorOutput?: unknown };

/** The values that an expression sees, and the state that it belongs to. */
export type Scope = {
  states: StatesVariable;
  variables: Readonly<Record<string, unknown>>;
  now: number;
  state: { name: string; enteredEvent: number };
};

/** The source of a JSONata string, `{% … %}` around the whole string; undefined for any other value. */
export function expressionIn(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length < 4) return undefined;
  return value.startsWith("{%") && value.endsWith("%}") ? value.slice(2, -2).trim() : undefined;
}

/**
 * The value of a field: strings in `{% … %}` evaluated at any depth, everything else as it is.
 *
 * @param field where the template stands in the state, such as `Arguments/Payload`
 * @throws StateFailure States.QueryEvaluationError
 */
export async function evaluate(template: unknown, field: string, scope: Scope): Promise<unknown> {
  const source = expressionIn(template);
  if (source !== undefined) return run(source, field, scope);
  if (Array.isArray(template)) {
    const values: unknown[] = [];
    for (const [index, item] of template.entries())
      values.push(await evaluate(item, `${field}[${index}]`, scope));
    return values;
  }
  return isObject(template) ? evaluateObject(template, field, scope) : template;
}

export async function evaluateObject(
  template: Record<string, unknown>,
  field: string,
  scope: Scope,
): Promise<Record<string, unknown>> {
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(template))
    entries.push([key, await evaluate(value, `${field}/${key}`, scope)]);
  return Object.fromEntries(entries);
}

async function run(source: string, field: string, scope: Scope): Promise<unknown> {
  let value: unknown;
  try {
    const expression = jsonata(source);
    addFunctions(expression, scope.now);
    limitWork(expression);
    value = await expression.evaluate(undefined, { ...scope.variables, states: scope.states });
  } catch (error) {
    throw evaluationFailed(scope, field, `the expression '${source}' failed: ${describeError(error)}`);
  }
  if (value === undefined)
    throw evaluationFailed(scope, field, `the expression '${source}' gave nothing (undefined)`);
  const foreign = notJson(value);
  if (foreign) throw evaluationFailed(scope, field, `the expression '${source}' gave ${foreign}`);
  const plain: unknown = JSON.parse(JSON.stringify(value));
  return plain;
}

/** The failure of a field, as the history tells it. */
export function evaluationFailed(scope: Scope, field: string, what: string): StateFailure {
  const { name, enteredEvent } = scope.state;
  const error = "States.QueryEvaluationError";
  const cause = `State '${name}' (entered at event ${enteredEvent}), field '${field}': ${what}`;
  return new StateFailure({
    error,
    cause,
    events: [{ type: "EvaluationFailed", details: { error, cause, location: field, state: name } }],
  });
}

export function wrongType(scope: Scope, field: string, expected: string, value: unknown): StateFailure {
  return evaluationFailed(scope, field, `expected ${expected}, got ${JSON.stringify(value)}`);
}

/** A number field such as `TimeoutSeconds`: a whole number, literal or from an expression. */
export async function evaluateWholeNumber(
  template: unknown,
  field: string,
  scope: Scope,
  bounds: { from: number; to: number },
): Promise<number> {
  const value = await evaluate(template, field, scope);
  if (typeof value === "number" && Number.isInteger(value) && value >= bounds.from && value <= bounds.to)
    return value;
  throw wrongType(scope, field, `a whole number from ${bounds.from} to ${bounds.to}`, value);
}

export async function evaluateText(template: unknown, field: string, scope: Scope): Promise<string> {
  const value = await evaluate(template, field, scope);
  if (typeof value !== "string") throw wrongType(scope, field, "a string", value);
  return value;
}

const mostSteps = 1_000_000;
const deepest = 10_000;

/** Ends an expression that would run for ever, which would stop the whole runtime. AWS has a limit too, unpublished. */
function limitWork(expression: jsonata.Expression): void {
  let steps = 0;
  let depth = 0;
  const entered = () => {
    steps++;
    depth++;
    if (steps > mostSteps || depth > deepest) throw new Error("the expression takes too long");
  };
  // The types of the package know only names that are strings; its hooks are symbols.
  Reflect.apply(expression.assign, expression, [Symbol.for("jsonata.__evaluate_entry"), entered]);
  Reflect.apply(expression.assign, expression, [Symbol.for("jsonata.__evaluate_exit"), () => depth--]);
}

/** What JSON cannot hold: a function, a regular expression (one too, inside JSONata), the result of `1/0`. */
function notJson(value: unknown): string | undefined {
  if (typeof value === "function") return "a function, which is not JSON";
  if (typeof value === "number" && !Number.isFinite(value)) return `${value}, which is not JSON`;
  if (typeof value !== "object" || value === null) return undefined;
  if ("_jsonata_lambda" in value || "_jsonata_function" in value) return "a function, which is not JSON";
  for (const part of Object.values(value)) {
    const foreign = notJson(part);
    if (foreign) return foreign;
  }
  return undefined;
}

function describeError(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  const message = "message" in error ? String(error.message) : "";
  return "code" in error ? `${String(error.code)}: ${message}` : message;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
