import type { TaskState } from "./definition.ts";
import { evaluate, evaluateWholeNumber, evaluationFailed } from "./expressions.ts";
import { isTimeout, isTooLarge, StateFailure, tooLarge } from "./failure.ts";
import type { EventDraft } from "./history.ts";
import { type Caller, callResource, callStarted } from "./integrations.ts";
import type { TaskPhase, TokenAnswer } from "./journal.ts";
import type { Pattern, Resource } from "./resource.ts";
import { storyOf } from "./task-events.ts";
import type { Thread } from "./thread.ts";

const mostSeconds = 99_999_999;

/**
 * One attempt of a Task state, begun or continued.
 *
 * @throws StateFailure with the events of the failed attempt
 */
export async function attemptTask(
  thread: Thread,
  state: TaskState,
): Promise<{ result: unknown; events: EventDraft[] }> {
  const { phase } = thread.record;
  const attempt = phase.at === "task" ? phase : await schedule(thread, state);
  const tell = storyOf(state.resource);
  try {
    const result = await outcome(thread, state.resource, attempt);
    if (isTooLarge(JSON.stringify(result))) throw tooLarge(`the result of '${state.name}'`);
    return { result, events: [tell.succeeded(JSON.stringify(result))] };
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    const timedOut = isTimeout(error);
    throw error.with({ events: [timedOut ? tell.timedOut(error) : tell.failed(error)] });
  }
}

/** Evaluates what the attempt needs, once, and keeps it together with the token that its arguments may hold. */
async function schedule(thread: Thread, state: TaskState): Promise<TaskPhase> {
  const { record, run } = thread;
  const { tokens } = run.surroundings;
  const token = patternOf(state.resource) === "waitForTaskToken" ? tokens.create() : undefined;
  const scope = thread.scope(token ? { token } : {});
  const args =
    state.arguments === undefined ? record.input : await evaluate(state.arguments, "Arguments", scope);
  if (isTooLarge(JSON.stringify(args))) throw tooLarge(`the arguments of '${state.name}'`);
  const seconds = { from: 1, to: mostSeconds };
  const timeout =
    state.timeoutSeconds === undefined
      ? undefined
      : await evaluateWholeNumber(state.timeoutSeconds, "TimeoutSeconds", scope, seconds);
  const heartbeat =
    state.heartbeatSeconds === undefined
      ? undefined
      : await evaluateWholeNumber(state.heartbeatSeconds, "HeartbeatSeconds", scope, seconds);
  if (heartbeat !== undefined && timeout !== undefined && heartbeat >= timeout)
    throw evaluationFailed(scope, "HeartbeatSeconds", "must be smaller than TimeoutSeconds");
  const now = thread.now;
  const phase: TaskPhase = {
    at: "task",
    arguments: args,
    scheduled: now,
    ...(timeout === undefined ? {} : { deadline: now + timeout * 1000 }),
    ...(heartbeat === undefined ? {} : { heartbeatSeconds: heartbeat }),
    ...(token ? { token } : {}),
  };
  thread.commit(() => {
    const tell = storyOf(state.resource);
    for (const event of tell.scheduled(args, run.surroundings.region, { timeout, heartbeat }))
      thread.append(event);
    if (token) tokens.open(token, record.execution, now);
    record.phase = phase;
    thread.save();
  });
  return phase;
}

/** Whichever comes first: the result, the deadline, a missing heartbeat. */
async function outcome(thread: Thread, resource: Resource, attempt: TaskPhase): Promise<unknown> {
  const { tokens } = thread.run.surroundings;
  const timers = new AbortController();
  const givenUp = new AbortController();
  const isAnswered = attempt.token !== undefined && tokens.hasAnswer(attempt.token);
  if (!isAnswered && attempt.deadline !== undefined && attempt.deadline <= thread.now) throw timeout();
  const ways = [result(thread, resource, attempt, givenUp.signal)];
  if (attempt.deadline !== undefined)
    ways.push(
      thread.alarm(attempt.deadline, timers.signal).then(() => {
        throw timeout();
      }),
    );
  if (attempt.heartbeatSeconds !== undefined) ways.push(silence(thread, attempt, timers.signal));
  try {
    return await thread.idle(Promise.race(ways));
  } catch (error) {
    givenUp.abort();
    if (attempt.started) thread.run.surroundings.stopExecution(attempt.started);
    throw error;
  } finally {
    timers.abort();
  }
}

function timeout(): StateFailure {
  return new StateFailure({ error: "States.Timeout" });
}

/** Fails when no heartbeat came for too long. That is a timeout too, so `ErrorEquals` may call it by either name. */
async function silence(thread: Thread, attempt: TaskPhase, signal: AbortSignal): Promise<never> {
  const allowed = (attempt.heartbeatSeconds ?? mostSeconds) * 1000;
  const { tokens } = thread.run.surroundings;
  const due = () => ((attempt.token && tokens.lastBeat(attempt.token)) || attempt.scheduled) + allowed;
  for (let next = due(); ; next = due()) {
    await thread.alarm(next, signal);
    if (due() <= thread.now) throw silent();
  }
}

function silent(): StateFailure {
  return new StateFailure({ error: "States.HeartbeatTimeout", aliases: ["States.Timeout"] });
}

async function result(
  thread: Thread,
  resource: Resource,
  attempt: TaskPhase,
  signal: AbortSignal,
): Promise<unknown> {
  const pattern = patternOf(resource);
  if (pattern === "requestResponse") return call(thread, resource, attempt, signal);
  if (pattern === "waitForTaskToken") return answered(thread, resource, attempt, signal);
  const started = attempt.started ?? (await submit(thread, resource, attempt, signal));
  const ended = started === undefined ? undefined : thread.run.surroundings.whenEnded(started);
  if (!ended)
    throw new StateFailure({ error: "States.Runtime", cause: `the execution ${started} is not known here` });
  return callStarted(await ended, pattern);
}

/** An answer counts from the moment it comes, also while the call is under way; a call that fails, fails the task. */
async function answered(
  thread: Thread,
  resource: Resource,
  attempt: TaskPhase,
  signal: AbortSignal,
): Promise<unknown> {
  const { tokens } = thread.run.surroundings;
  const answer = tokens.answered(attempt.token ?? "");
  const isWaiting = attempt.submitted || tokens.hasAnswer(attempt.token ?? "");
  const submitted = isWaiting ? answer : submit(thread, resource, attempt, signal).then(() => answer);
  return resultOf(await Promise.race([answer, submitted]));
}

function resultOf(answer: TokenAnswer): unknown {
  if (!("output" in answer)) throw new StateFailure(answer);
  const output: unknown = JSON.parse(answer.output);
  return output;
}

/** Makes the call of a task that goes on afterwards, and keeps that it was made. */
async function submit(
  thread: Thread,
  resource: Resource,
  attempt: TaskPhase,
  signal: AbortSignal,
): Promise<string | undefined> {
  const output = await call(thread, resource, attempt, signal);
  if (signal.aborted || thread.record.phase !== attempt) return undefined;
  const pattern = patternOf(resource);
  const started =
    pattern !== "waitForTaskToken" &&
    typeof output === "object" &&
    output !== null &&
    "ExecutionArn" in output
      ? String(output.ExecutionArn)
      : undefined;
  thread.commit(() => {
    thread.append(storyOf(resource).submitted(JSON.stringify(output)));
    attempt.submitted = true;
    if (started !== undefined) attempt.started = started;
    thread.save();
  });
  return started;
}

/** Time stands still during a call, but not while whatever it calls sleeps. */
async function call(
  thread: Thread,
  resource: Resource,
  attempt: TaskPhase,
  givenUp: AbortSignal,
): Promise<unknown> {
  const { clock, host, region, account } = thread.run.surroundings;
  const { roleArn } = thread.run.revision;
  const signal = AbortSignal.any([thread.signal, givenUp]);
  const caller: Caller = { host, region, account, roleArn, signal };
  const done = clock.busy();
  try {
    return await callResource(resource, attempt.arguments, caller);
  } finally {
    done();
  }
}

function patternOf(resource: Resource): Pattern {
  return resource.kind === "function" ? "requestResponse" : resource.pattern;
}
