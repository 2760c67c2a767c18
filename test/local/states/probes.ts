import { expect, test } from "vitest";
import { Bench, type Execution, type FakeCall, type FakeFunction } from "./support.ts";

/** One documented behaviour: a machine, what it gets, how it must end, and where that is written. */
export type Probe = {
  title: string;
  source: string;
  machine: object;
  input?: unknown;
  functions?: Record<string, FakeFunction>;
  api?: FakeCall;
  /** SUCCEEDED with this output, … */
  output?: unknown;
  /** … or FAILED with this error, and a cause that holds this text. */
  error?: string;
  cause?: string;
  /** How long it takes, in virtual seconds. */
  seconds?: number;
};

const guide = "https://docs.aws.amazon.com/step-functions/latest/dg";

/** Where the expectations come from. */
export const sources = {
  jsonata: `${guide}/transforming-data.html`,
  variables: `${guide}/workflow-variables.html`,
  context: `${guide}/input-output-contextobject.html`,
  structure: `${guide}/statemachine-structure.html`,
  pass: `${guide}/state-pass.html`,
  task: `${guide}/state-task.html`,
  choice: `${guide}/state-choice.html`,
  wait: `${guide}/state-wait.html`,
  succeed: `${guide}/state-succeed.html`,
  fail: `${guide}/state-fail.html`,
  parallel: `${guide}/state-parallel.html`,
  map: `${guide}/state-map-inline.html`,
  errors: `${guide}/concepts-error-handling.html`,
  patterns: `${guide}/connect-to-resource.html`,
  lambda: `${guide}/connect-lambda.html`,
  dynamodb: `${guide}/connect-ddb.html`,
  sqs: `${guide}/connect-sqs.html`,
  nested: `${guide}/connect-stepfunctions.html`,
  sdk: `${guide}/supported-services-awssdk.html`,
  quotas: `${guide}/service-quotas.html`,
  api: "https://docs.aws.amazon.com/step-functions/latest/apireference/Welcome.html",
  language: "https://states-language.net/spec.html",
  /** Answers and histories that LocalStack's project recorded against AWS. */
  recorded: "https://github.com/localstack/localstack/tree/main/tests/aws/services/stepfunctions/v2",
};

export function testProbes(probes: Probe[]): void {
  test.each(probes)("$title [$source]", async (probe) => {
    const bench = new Bench({
      ...(probe.functions ? { functions: probe.functions } : {}),
      ...(probe.api ? { api: probe.api } : {}),
    });
    check(probe, await bench.run(probe.machine, probe.input ?? {}));
  });
}

function check(probe: Probe, execution: Execution): void {
  if ("output" in probe) expect(execution).toMatchObject({ status: "SUCCEEDED", output: probe.output });
  else expect(execution).toMatchObject({ status: "FAILED", error: probe.error });
  // toMatchObject lets further members of an output pass; these must not be there.
  if ("output" in probe) expect(execution.output).toEqual(probe.output);
  if (probe.cause !== undefined) expect(execution.cause).toContain(probe.cause);
  if (probe.seconds !== undefined) expect(execution.seconds).toBe(probe.seconds);
}
