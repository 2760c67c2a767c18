import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { type Case, cause, requestId, token } from "./cases.ts";
import type { Answer, Asked } from "./engine.ts";

/** A case as a call of TestState, and where the answer differs from what the case expects. */

type State = { Type: string; Resource?: string; ItemProcessor?: Graph };
type Graph = { QueryLanguage?: string; StartAt: string; States: Record<string, State> };

const arns = "arn:aws:states:eu-west-1:111122223333:";
const functionArn = (name: string) => `arn:aws:lambda:eu-west-1:111122223333:function:${name}`;

/**
 * The graph that a state is in, with ARNs for the substitutions. A state inside a Map state is asked about in the Map state's own
 * graph, as a machine of its own: AWS's pages contradict each other on whether `stateName` finds it otherwise.
 */
function graphAround({ machine, state }: Case): Graph {
  const file = new URL(`../../statemachines/${machine}.asl.json`, import.meta.url);
  const definition = readFileSync(file, "utf8").replaceAll(/\$\{(\w+)Arn\}/g, (_, name) => functionArn(name));
  const outer = JSON.parse(definition) as Graph;
  const inner = Object.values(outer.States).find(
    ({ ItemProcessor }) => ItemProcessor && state in ItemProcessor.States,
  );
  if (!inner?.ItemProcessor) return outer;
  const { StartAt, States } = inner.ItemProcessor;
  return { QueryLanguage: "JSONata", StartAt, States };
}

/** What a task's integration or a Map state would have given as `$states.result`. */
function resultOf({ Resource }: State, { result }: Case): unknown {
  if (Resource !== "arn:aws:states:::lambda:invoke") return result;
  return {
    ExecutedVersion: "$LATEST",
    Payload: result,
    SdkHttpMetadata: { HttpStatusCode: 200 },
    StatusCode: 200,
  };
}

/**
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
 *
 * @param roleArn needed by AWS only where a task is not mocked, which is nowhere here
 */
export function requestOf(one: Case, roleArn?: string): Asked {
  const graph = graphAround(one);
  const state = graph.States[one.state];
  if (!state) throw new Error(`${one.machine} has no state '${one.state}'`);
  const mocked =
    one.error === undefined ? { result: JSON.stringify(resultOf(state, one)) } : failed(one.error);
  const isMocked = state.Type === "Task" || state.Type === "Map";
  return {
    definition: JSON.stringify(graph),
    stateName: one.state,
    input: JSON.stringify(one.input),
    variables: JSON.stringify(one.variables),
    inspectionLevel: "DEBUG",
    // The API's model has Lambda's payload as text, the integration gives it as JSON: no check of it then.
    ...(isMocked ? { mock: { ...mocked, fieldValidationMode: "NONE" }, context: contextOf(state) } : {}),
    ...(one.way.startsWith("-retry") ? { stateConfiguration: { retrierRetryCount: 0 } } : {}),
    ...(roleArn === undefined ? {} : { roleArn }),
  };
}

const failed = (error: string) => ({ errorOutput: { error, cause } });

/** AWS refuses `Task` where nothing waits for a token, and `Map` everywhere: it makes that up itself. */
function contextOf({ Resource }: State): string {
  return JSON.stringify({
    Execution: {
      Id: `${arns}execution:latchkey:one`,
      Input: { requestId },
      Name: "one",
      RoleArn: "arn:aws:iam::111122223333:role/latchkey",
      StartTime: "2026-01-05T08:00:00Z",
    },
    StateMachine: { Id: `${arns}stateMachine:latchkey`, Name: "latchkey" },
    ...(Resource?.endsWith(".waitForTaskToken") ? { Task: { Token: token } } : {}),
  });
}

/** What differs, as sentences; none when the answer is what the case expects. */
export function differences(one: Case, answer: Answer): string[] {
  const { inspectionData: inside = {} } = answer;
  const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));
  const [, kind, index, nextState] = /^-(\w+)(?: (\d+))?(?:-> (.+))?$/.exec(one.way) ?? [];
  const isOver = kind !== "retry" && kind !== "failed";
  const compared: [what: string, expected: unknown, given: unknown][] = [
    ["status", statuses[kind ?? ""] ?? "SUCCEEDED", answer.status],
    ["nextState", nextState, answer.nextState],
  ];
  if (kind === "catch") compared.push(["catchIndex", Number(index), inside.errorDetails?.catchIndex]);
  if (kind === "retry") compared.push(["retryIndex", Number(index), inside.errorDetails?.retryIndex]);
  if (kind === "failed")
    compared.push(["error", one.variables.error, answer.error], ["cause", one.variables.cause, answer.cause]);
  if (one.error !== undefined) compared.push(["error", one.error, answer.error]);
  if (isOver) compared.push(["output", outputOf(one), parsed(answer.output)]);
  if (isOver && Object.keys(one.sets).length > 0)
    compared.push(["variables", { ...one.variables, ...one.sets }, parsed(inside.variables)]);
  if (one.calls && one.error === undefined)
    compared.push([
      "arguments",
      { FunctionName: functionArn(one.calls.function), Payload: one.calls.payload },
      parsed(inside.afterArguments),
    ]);
  if (one.iterations && one.error === undefined)
    compared.push(["iterations", one.iterations, parsed(inside.afterItemSelector)]);
  return compared
    .filter(([, expected, given]) => !isDeepStrictEqual(expected, given))
    .map(([what, expected, given]) => `${what} is ${JSON.stringify(given)}, not ${JSON.stringify(expected)}`);
}

const statuses: Record<string, string> = { catch: "CAUGHT_ERROR", retry: "RETRIABLE", failed: "FAILED" };

function outputOf(one: Case): unknown {
  if (one.output !== undefined) return one.output;
  if (one.error !== undefined) return { Error: one.error, Cause: cause };
  const state = graphAround(one).States[one.state];
  return one.result !== undefined && state ? resultOf(state, one) : one.input;
}
