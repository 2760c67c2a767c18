import type { TestStateCommandInput, TestStateCommandOutput } from "@aws-sdk/client-sfn";
import { VirtualClock } from "../../local/clock.ts";
import { type Host, TaskFailure } from "../../local/runtime/states/host.ts";
import type { Step } from "../../local/runtime/states/journal.ts";
import { StatesService } from "../../local/runtime/states/service.ts";
import { Store } from "../../local/store.ts";
import type { State } from "../support/graphs.ts";

/** What is asked: `requestOf` gives all of these. */
export type Asked = TestStateCommandInput & { stateName: string; input: string; variables: string };
export type Answer = Pick<
  TestStateCommandOutput,
  "status" | "nextState" | "output" | "error" | "cause" | "inspectionData"
>;

/** A finished walk through the machine of one state. */
type Walk = { step: Step; events: HistoryEvent[]; cause?: string; token: string };
type HistoryEvent = {
  taskScheduledEventDetails?: { parameters: string };
  stateEnteredEventDetails?: { name: string; input: string };
  stateExitedEventDetails?: { name: string; output: string; assignedVariables?: Record<string, string> };
};

const region = "eu-west-1";
const account = "111122223333";
const beginning = "(beginning)";
const iteration = "(iteration)";

/** TestState by the runtime's engine, for as much of it as `requestOf` uses. */
export async function testState(asked: Asked): Promise<Answer> {
  return answerOf(asked, await walk(asked));
}

/**
 * A machine of the state alone: a state before it sets its input and variables, whatever it leads to is an end, and the iterations
 * of a Map state are what they are said to give.
 */
function alone({ definition = "", stateName, input, variables, mock }: Asked): object {
  const { States, ...machine } = JSON.parse(definition) as { States: Record<string, State> };
  const state = States[stateName];
  if (!state) throw new Error(`no state is called '${stateName}'`);
  const leadsTo = [state, ...(state.Choices ?? []), ...(state.Catch ?? [])].flatMap(({ Next }) => Next ?? []);
  const ends = state.Default === undefined ? leadsTo : [...leadsTo, state.Default];
  const given = JSON.parse(variables) as Record<string, unknown>;
  const mocked = JSON.parse(mock?.result ?? "[]") as unknown;
  const first = { Type: "Pass", Output: JSON.parse(input) as unknown, Next: stateName };
  return {
    ...machine,
    StartAt: beginning,
    States: {
      ...Object.fromEntries(ends.map((name) => [name, { Type: "Succeed" }])),
      ...(state.ItemProcessor
        ? {
            [beginning]: { ...first, Assign: { ...given, mocked } },
            [stateName]: { ...state, ItemProcessor: iterationsOf(mock) },
          }
        : { [beginning]: { ...first, Assign: given }, [stateName]: state }),
    },
  };
}

function iterationsOf(mock: Asked["mock"]): object {
  const { error, cause } = mock?.errorOutput ?? {};
  const gives = { Type: "Pass", Output: "{% $mocked[$states.context.Map.Item.Index] %}", End: true };
  const fails = { Type: "Fail", Error: error, Cause: cause };
  const States = { [iteration]: error === undefined ? gives : fails };
  return { ProcessorConfig: { Mode: "INLINE" }, StartAt: iteration, States };
}

async function walk(asked: Asked): Promise<Walk> {
  const { stateName, mock, context = "{}" } = asked;
  let token = "";
  const host: Host = {
    invokeFunction: async ({ payload }) => {
      const { error = "", cause = "" } = mock?.errorOutput ?? {};
      if (mock?.errorOutput) throw new TaskFailure(error, cause);
      ({ token = "" } = payload as { token?: string });
      if (token === "") return (JSON.parse(mock?.result ?? "{}") as { Payload?: unknown }).Payload;
      return service.handle("SendTaskSuccess", { taskToken: token, output: mock?.result });
    },
    call: async ({ service: name, operation }) => {
      throw new Error(`no state calls ${name}:${operation}`);
    },
  };
  const clock = new VirtualClock(Date.UTC(2026, 10, 20));
  const service = new StatesService({ clock, store: new Store(), host, region, account });
  const stateMachineArn = `arn:aws:states:${region}:${account}:stateMachine:one`;
  service.define({
    arn: stateMachineArn,
    name: "one",
    definition: JSON.stringify(alone(asked)),
    roleArn: `arn:aws:iam::${account}:role/one`,
  });
  const { Execution } = JSON.parse(context) as { Execution?: { Input: unknown } };
  const input = JSON.stringify(Execution?.Input ?? null);
  const started = (await service.handle("StartExecution", { stateMachineArn, input })) as {
    executionArn: string;
  };
  await clock.advance(1);
  service.stop();
  const { events } = (await service.handle("GetExecutionHistory", started)) as { events: HistoryEvent[] };
  const { cause } = (await service.handle("DescribeExecution", started)) as { cause?: string };
  const path = service.path(started.executionArn);
  const step = path.find(({ state, how }) => state === stateName && how !== "entered");
  if (!step) throw new Error(`the state '${stateName}' came to no end`);
  return { step, events, token, ...(cause === undefined ? {} : { cause }) };
}

function answerOf(asked: Asked, { step, events, cause, token }: Walk): Answer {
  const { how, to, index = 0, error } = step;
  const { output, assignedVariables = {} } =
    events.find((event) => event.stateExitedEventDetails?.name === asked.stateName)
      ?.stateExitedEventDetails ?? {};
  const assigned = Object.entries(assignedVariables).map(([name, json]) => [name, JSON.parse(json)]);
  const called = events.find((event) => event.taskScheduledEventDetails)?.taskScheduledEventDetails;
  const { Task } = JSON.parse(asked.context ?? "{}") as { Task?: { Token: string } };
  const iterations = events.flatMap(({ stateEnteredEventDetails: entered }) =>
    entered?.name === iteration ? [JSON.parse(entered.input)] : [],
  );
  return {
    status: statuses[how] ?? "SUCCEEDED",
    ...(to === undefined ? {} : { nextState: to }),
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    inspectionData: {
      variables: JSON.stringify({ ...JSON.parse(asked.variables), ...Object.fromEntries(assigned) }),
      ...(called
        ? { afterArguments: Task ? called.parameters.replace(token, Task.Token) : called.parameters }
        : {}),
      ...(iterations.length > 0 ? { afterItemSelector: JSON.stringify(iterations) } : {}),
      ...(how === "catch" ? { errorDetails: { catchIndex: index } } : {}),
      ...(how === "retry" ? { errorDetails: { retryIndex: index } } : {}),
    },
  };
}

const statuses: Partial<Record<Step["how"], "CAUGHT_ERROR" | "RETRIABLE" | "FAILED">> = {
  catch: "CAUGHT_ERROR",
  retry: "RETRIABLE",
  failed: "FAILED",
};
