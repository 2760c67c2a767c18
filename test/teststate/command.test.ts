import { execFile } from "node:child_process";
import { SFNClient } from "@aws-sdk/client-sfn";
import * as v from "valibot";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { VirtualClock } from "../../local/clock.ts";
import { HttpError, listen } from "../../local/http.ts";
import type { State } from "../support/graphs.ts";
import { askAws } from "./ask-aws.ts";
import { cases } from "./cases.ts";
import { type Answer, type Asked, testState } from "./engine.ts";

/** What a call of TestState may hold: the members of the API's model that are used here, and no others. */
const Request = v.strictObject({
  definition: v.pipe(v.string(), v.maxLength(1_048_576)),
  stateName: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  input: v.string(),
  variables: v.string(),
  inspectionLevel: v.picklist(["INFO", "DEBUG", "TRACE"]),
  roleArn: v.optional(v.string()),
  stateConfiguration: v.optional(v.strictObject({ retrierRetryCount: v.number() })),
  context: v.optional(v.string()),
  mock: v.optional(
    v.strictObject({
      result: v.optional(v.string()),
      errorOutput: v.optional(v.strictObject({ error: v.string(), cause: v.string() })),
      fieldValidationMode: v.picklist(["STRICT", "PRESENT", "NONE"]),
    }),
  ),
});

/**
 * Why AWS would refuse a call, as its answers were recorded by LocalStack's tests against AWS
 * (tests/aws/services/stepfunctions/v2/test_state in localstack/localstack).
 */
function refusalOf({
  definition,
  stateName,
  mock,
  context,
  roleArn,
}: v.InferOutput<typeof Request>): string | undefined {
  const { Type, Resource = "" } =
    (JSON.parse(definition) as { States: Record<string, State> }).States[stateName] ?? {};
  const isMocked = mock !== undefined;
  const waits = Resource.endsWith(".waitForTaskToken");
  if (Type === undefined) return "State not found in definition";
  if (isMocked && Type !== "Task" && Type !== "Map")
    return `State type '${Type}' is not supported when a mock is specified`;
  if (!isMocked && Type === "Map") return "TestState API does not support Map or Parallel states.";
  if (!isMocked && Type === "Task" && !roleArn) return "RoleArn must be specified when testing a Task state";
  if (mock?.result !== undefined && mock.errorOutput)
    return "A test mock should have only one of result, errorOutput";
  if (Type === "Map" && mock?.result !== undefined && !Array.isArray(JSON.parse(mock.result)))
    return "Mocked result must be an array.";
  if (context === undefined) return undefined;
  if (!isMocked) return "a context needs a mock";
  if ("Map" in JSON.parse(context)) return "'Map' field is not supported when mocking a Context object";
  if ("Task" in JSON.parse(context) && !waits)
    return "Context object contains 'Task' when state does not wait for a token";
  return undefined;
}

type Call = { target: string | undefined; roleArn: string | undefined };

/** TestState by our own engine, over HTTP; `changed` makes it one that answers otherwise. */
async function fakeAws(
  changed: (answer: Answer) => Answer = (answer) => answer,
): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = [];
  const server = await listen({
    port: 0,
    clock: new VirtualClock(0),
    // By a date long ago the SDK would take its own clock for wrong, and try again.
    undated: true,
    handle: async ({ headers, body }) => {
      const { success, output: request, issues } = v.safeParse(Request, JSON.parse(body.toString()));
      calls.push({ target: headers["x-amz-target"], roleArn: success ? request.roleArn : undefined });
      const message = success ? refusalOf(request) : issues[0].message;
      if (message !== undefined) return { status: 400, body: { __type: "ValidationException", message } };
      return { status: 200, body: changed(await testState(request as Asked)) };
    },
  });
  onTestFinished(() => server.close());
  return { url: server.url, calls };
}

const nowhere = { PATH: process.env.PATH, HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true" };
const keys = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_REGION: "eu-west-1" };

function run(env: object, words: string[] = []): Promise<{ code: number; printed: string }> {
  const file = new URL("run.ts", import.meta.url).pathname;
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...words], { env: { ...nowhere, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, printed: stdout + stderr });
    });
  });
}

describe("the command", () => {
  test("says what it needs and asks nobody without an account", async () => {
    const { code, printed } = await run({ AWS_REGION: "eu-west-1" });
    expect(printed).toContain("AWS could NOT be asked");
    expect(printed).toContain("Could not load credentials");
    expect(code).toBe(2);
  });

  test("says so without a region too", async () => {
    const { code, printed } = await run({ ...keys, AWS_REGION: undefined });
    expect(printed).toContain("Region is missing");
    expect(code).toBe(2);
  });

  test("asks AWS about every case, in calls that AWS would take", async () => {
    const { url, calls } = await fakeAws();
    const { code, printed } = await run({ ...keys, AWS_ENDPOINT_URL_SFN: url });
    const all = new Set(cases.map(({ machine, state }) => `${machine}: ${state}`)).size;
    expect(printed).toBe(
      `figure: states that AWS itself was asked about: ${all} of ${all} alike, in ${cases.length} cases\n`,
    );
    expect(calls).toEqual(cases.map(() => ({ target: "AWSStepFunctions.TestState", roleArn: undefined })));
    expect(code).toBe(0);
  });

  test("says so too of one whose keys may not ask", async () => {
    const { url } = await fakeAws(() => {
      throw new HttpError(400, { __type: "AccessDeniedException", message: "not authorized" });
    });
    const { code, printed } = await run({ ...keys, AWS_ENDPOINT_URL_SFN: url }, ["Access granted"]);
    expect(printed).toContain("AWS could NOT be asked");
    expect(printed).toContain("not authorized");
    expect(code).toBe(2);
  });

  test("ends with 1 where AWS does otherwise, asks about chosen states only, and names a role when it is given one", async () => {
    const { url, calls } = await fakeAws((answer) => ({ ...answer, nextState: "Nowhere" }));
    const words = ["Access granted", "Remind or give up?", "--role", "arn:aws:iam::111122223333:role/tester"];
    const { code, printed } = await run({ ...keys, AWS_ENDPOINT_URL_SFN: url }, words);
    expect(printed).toContain("0 of 3 alike, in 5 cases");
    expect(calls.map(({ roleArn }) => roleArn)).toEqual(
      calls.map(() => "arn:aws:iam::111122223333:role/tester"),
    );
    expect(code).toBe(1);
  });
});

describe("an AWS that does otherwise than our engine is told of", () => {
  const client = (endpoint: string) =>
    new SFNClient({
      endpoint,
      region: "eu-west-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      disableHostPrefix: true,
      maxAttempts: 1,
    });
  const printed: string[] = [];

  beforeAll(() => {
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
    return () => log.mockRestore();
  });

  const some = cases.filter(
    ({ state, machine }) => machine === "access-request" && state === "Hold until access ends",
  );
  const others: [what: string, changed: (answer: Answer) => Answer, told: string, cases: number][] = [
    ["goes elsewhere", (answer) => ({ ...answer, nextState: "Nowhere" }), 'nextState is "Nowhere"', 5],
    ["ends otherwise", (answer) => ({ ...answer, status: "FAILED" }), 'status is "FAILED"', 5],
    ["gives something else", (answer) => ({ ...answer, output: '"other"' }), 'output is "other"', 4],
    ["fails with something else", (answer) => ({ ...answer, error: "Other" }), 'error is "Other"', 4],
    [
      "does not say more than that",
      ({ inspectionData: _, ...answer }) => answer,
      "catchIndex is undefined",
      5,
    ],
    [
      "sets other variables",
      (answer) => ({ ...answer, inspectionData: { ...answer.inspectionData, variables: "{}" } }),
      "variables is {}",
      2,
    ],
    [
      "calls with something else",
      (answer) => ({ ...answer, inspectionData: { ...answer.inspectionData, afterArguments: "{}" } }),
      "arguments is {}",
      1,
    ],
  ];
  test.each(others)("where it %s", async (_, changed, told, differing) => {
    printed.length = 0;
    const { url } = await fakeAws(changed);
    expect(await askAws(client(url), some)).toBe(false);
    expect(printed.filter((line) => line.includes("Hold until access ends"))).toHaveLength(differing);
    expect(printed.join("\n")).toContain(told);
    expect(printed.at(-1)).toContain(`0 of 1 alike, in ${some.length} cases`);
  });

  test("where it refuses the call", async () => {
    printed.length = 0;
    const [one] = some;
    if (!one) throw new Error("there is no such case");
    const { url } = await fakeAws();
    expect(await askAws(client(url), [{ ...one, input: undefined }])).toBe(false);
    expect(printed.join("\n")).toContain("refused: ValidationException: ");
  });
});
