import { expect, test } from "vitest";
import { figure } from "../../../proof/figure.ts";
import type { Act, Call, Expected, Row } from "./conformance/row.ts";
import { rows } from "./conformance/table.ts";
import { account, Bench, type FakeFunction, region, roleArn, startOfTime, TaskFailure } from "./support.ts";

/** The engine, held against what is written of AWS's. */

test.each(rows)("$id: $says", async (row) => {
  if (row.expected.refusedAt) return expectRefused(row, row.expected.refusedAt);
  const tokens: string[] = [];
  const bench = new Bench({ functions: fakes(row.functions ?? {}, tokens) });
  const execution = await bench.start(row.definition, row.input ?? {});
  await bench.clock.settle();
  for (const call of row.calls ?? []) {
    const elapsed = (bench.clock.now() - startOfTime) / 1000;
    await bench.pass(Math.max(0, (call.at ?? elapsed) - elapsed));
    await expectAnswer(bench, call, names(tokens));
    await bench.clock.settle();
  }
  await bench.pass(366 * 86_400);
  await expectEnd(bench, execution, row.expected);
});

test("the table is as large as it says, and no two rows have one name", () => {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  figure("sentences of AWS's documents that the Step Functions engine is held against", rows.length);
});

/** Functions that do what the table says, call by call, and keep the tokens that they are given. */
function fakes(functions: Record<string, Act[]>, tokens: string[]): Record<string, FakeFunction> {
  const fake =
    (acts: Act[]): FakeFunction =>
    async (payload: unknown, { calls, sleep }) => {
      if (typeof payload === "object" && payload !== null && "token" in payload)
        tokens.push(String(payload.token));
      const act = acts[Math.min(calls, acts.length) - 1];
      if (!act) throw new Error("the row does not say what the function does");
      if (act.takes !== undefined) await sleep(act.takes);
      if ("fails" in act) throw new TaskFailure(act.fails, act.cause ?? "");
      return act.gives;
    };
  return Object.fromEntries(Object.entries(functions).map(([name, acts]) => [name, fake(acts)]));
}

async function expectAnswer(bench: Bench, row: Call, arns: (text: string) => string): Promise<void> {
  const answer = bench.service.handle(row.call, filled(row.with, arns));
  if (row.fails !== undefined) return expect(answer, row.call).rejects.toMatchObject({ name: row.fails });
  expect(await answer).toMatchObject(filled(row.gives ?? {}, arns));
  for (const path of row.lacks ?? []) expect(await answer).not.toHaveProperty(path);
}

async function expectEnd(bench: Bench, arn: string, expected: Expected): Promise<void> {
  const { status, output, error, cause, seconds } = expected;
  const execution = await bench.execution(arn);
  if (status !== undefined) expect(execution.status).toBe(status);
  if (output !== undefined) expect(execution.output).toEqual(output);
  if (error !== undefined) expect(execution.error).toBe(error);
  if (cause !== undefined) expect(execution.cause).toContain(cause);
  if (seconds !== undefined) expect(execution.seconds).toBe(seconds);
  for (const [name, at] of Object.entries(expected.called ?? {}))
    expect(bench.callsOf(name).map((call) => call.at)).toEqual(at);
  if (expected.payloads)
    expect(bench.calls.map((call) => "payload" in call && call.payload)).toEqual(expected.payloads);
  const events = await bench.history(arn);
  if (expected.events) expect(events.map(({ type }) => type)).toEqual(expected.events);
  if (expected.previous)
    expect(events.map(({ previousEventId }) => previousEventId)).toEqual(expected.previous);
}

async function expectRefused({ definition }: Row, places: string[]): Promise<void> {
  const { service } = new Bench();
  const given = { definition: JSON.stringify(definition) };
  const create = service.handle("CreateStateMachine", { ...given, name: "machine", roleArn });
  await expect(create).rejects.toMatchObject({ name: "InvalidDefinition" });
  const validated = await service.handle("ValidateStateMachineDefinition", given);
  expect(validated).toMatchObject({ result: "FAIL", diagnostics: places.map((location) => ({ location })) });
}

/** The same JSON with the names of executions, machine and tokens put in; a pattern matches text. */
function filled(value: unknown, fill: (text: string) => string): object {
  const walk = (part: unknown): unknown => {
    if (typeof part === "string") return fill(part);
    if (part instanceof RegExp) return expect.stringMatching(part);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, walk(item)]));
  };
  return walk(value) as object;
}

function names(tokens: readonly string[]): (text: string) => string {
  const arn = (kind: string) => `arn:aws:states:${region}:${account}:${kind}:machine`;
  return (text) =>
    text
      .replace("<machine>", arn("stateMachine"))
      .replace(/<execution(?: (\w+))?>/, (_, name = "one") => `${arn("execution")}:${name}`)
      .replace(/^<token (\d)>$/, (_, number) => tokens[Number(number) - 1] ?? "no such token");
}
