import { describe, expect, test } from "vitest";
import { allow, arnOf, Fixture, inProcess, serve } from "./fixture.ts";

const functionArn = "arn:aws:lambda:eu-west-1:000000000000:function:Test-Work";
const machineArn = "arn:aws:states:eu-west-1:000000000000:stateMachine:Test-Machine";
const live = { Ref: "WorkLive" };

/** A function and a state machine, each with a version and an alias, and callers that may use the aliases only. */
function fixture(properties: { alias?: object; config?: object } = {}) {
  return new Fixture()
    .lambda("Work", "")
    .add("WorkVersion", "AWS::Lambda::Version", { FunctionName: { Ref: "Work" } })
    .add("WorkLive", "AWS::Lambda::Alias", {
      FunctionName: { Ref: "Work" },
      FunctionVersion: { "Fn::GetAtt": ["WorkVersion", "Version"] },
      Name: "live",
      ...properties.alias,
    })
    .add("Background", "AWS::Lambda::EventInvokeConfig", {
      FunctionName: { Ref: "Work" },
      Qualifier: "live",
      MaximumRetryAttempts: 0,
      ...properties.config,
    })
    .role("MachineRole", [allow("lambda:InvokeFunction", live)])
    .add("Machine", "AWS::StepFunctions::StateMachine", {
      RoleArn: arnOf("MachineRole"),
      DefinitionString: "{}",
    })
    .add("MachineVersion", "AWS::StepFunctions::StateMachineVersion", {
      StateMachineArn: { Ref: "Machine" },
      StateMachineRevisionId: { "Fn::GetAtt": ["Machine", "StateMachineRevisionId"] },
    })
    .add("MachineLive", "AWS::StepFunctions::StateMachineAlias", {
      Name: "live",
      DeploymentPreference: { StateMachineVersionArn: { Ref: "MachineVersion" }, Type: "CANARY" },
    })
    .lambda("Starter", "", [
      {
        ...allow("states:StartExecution", { Ref: "Machine" }),
        Condition: { "ForAnyValue:StringEquals": { "states:StateMachineQualifier": ["live"] } },
      },
      allow("lambda:InvokeFunction", live),
    ]);
}

const answering = inProcess({ Work: () => "done" });

async function call(awsUrl: string, role: string, target: string, body: object): Promise<string> {
  const answer = await fetch(awsUrl, {
    method: "POST",
    headers: {
      "x-amz-target": target,
      authorization: `AWS4-HMAC-SHA256 Credential=${role}/x`,
      "x-amz-security-token": "session",
    },
    body: JSON.stringify(body),
  });
  const { __type = "ok" } = (await answer.json()) as { __type?: string };
  return __type;
}

async function invoke(awsUrl: string, name: string, role = "Test-StarterRole"): Promise<number> {
  const answer = await fetch(`${awsUrl}/2015-03-31/functions/${name}`, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${role}/x`, "x-amz-security-token": "session" },
    body: "{}",
  });
  return answer.status;
}

describe("a role that may use an alias", () => {
  test("starts runs by it, and by neither the machine nor a version", async () => {
    const { awsUrl } = await serve(fixture());
    const start = (stateMachineArn: string) =>
      call(awsUrl, "Test-StarterRole", "AWSStepFunctions.StartExecution", { stateMachineArn });
    expect(await start(`${machineArn}:live`)).toBe("ok");
    expect(await start(machineArn)).toBe("AccessDeniedException");
    expect(await start(`${machineArn}:1`)).toBe("AccessDeniedException");
  });

  test("invokes a function by it, and by neither the function nor a version", async () => {
    const { awsUrl } = await serve(fixture(), { functionHost: answering });
    expect(await invoke(awsUrl, "Test-Work/invocations?Qualifier=live")).toBe(200);
    expect(await invoke(awsUrl, "Test-Work%3Alive/invocations")).toBe(200);
    expect(await invoke(awsUrl, "Test-Work/invocations")).toBe(403);
    expect(await invoke(awsUrl, "Test-Work/invocations?Qualifier=1")).toBe(403);
  });

  test("invokes a function by it from a state machine", async () => {
    const { states } = await serve(fixture(), { functionHost: answering });
    const roleArn = "arn:aws:iam::000000000000:role/Test-MachineRole";
    const { signal } = new AbortController();
    const run = (arn: string) =>
      states.host?.invokeFunction({ functionArn: arn, payload: {}, roleArn, signal });
    expect(await run(`${functionArn}:live`)).toBe("done");
    await expect(run(functionArn)).rejects.toMatchObject({ error: "Lambda.AWSLambdaException" });
  });
});

test("a version or alias that the template does not have cannot be called", async () => {
  const { awsUrl } = await serve(fixture(), { functionHost: answering });
  expect(await invoke(awsUrl, "Test-Work/invocations?Qualifier=1", "operator")).toBe(200);
  for (const name of ["2", "old"])
    expect(await invoke(awsUrl, `Test-Work/invocations?Qualifier=${name}`, "operator")).toBe(404);
});

test("a state machine is defined with the names of its aliases", async () => {
  const { states } = await serve(fixture());
  expect(states.defined).toEqual([expect.objectContaining({ arn: machineArn, aliases: ["live"] })]);
});

test.each([
  ["live", 1],
  ["$LATEST", 3],
])(
  "how often a failure is tried again counts for the calls by %s that it is said of",
  async (Qualifier, attempts) => {
    let calls = 0;
    const functionHost = inProcess({
      Work: () => {
        calls += 1;
        throw new Error("no");
      },
    });
    const all = fixture({ config: { Qualifier } })
      .add("Every", "AWS::Events::Rule", {
        ScheduleExpression: "rate(1 day)",
        Targets: [{ Id: "one", Arn: live }],
      })
      .add("Permission", "AWS::Lambda::Permission", {
        Action: "lambda:InvokeFunction",
        FunctionName: live,
        Principal: "events.amazonaws.com",
        SourceArn: arnOf("Every"),
      });
    const { clock } = await serve(all, { functionHost });
    await clock.advance(25 * 3_600_000);
    expect(calls).toBe(attempts);
  },
);

test("an alias between two versions, and one of another version, are refused", async () => {
  const weights = {
    RoutingConfig: { AdditionalVersionWeights: [{ FunctionVersion: "2", FunctionWeight: 0.1 }] },
  };
  await expect(serve(fixture({ alias: weights }))).rejects.toThrow("RoutingConfig");
  await expect(serve(fixture({ alias: { FunctionVersion: "7" } }))).rejects.toThrow("no version 7");
  const two = fixture().add("Another", "AWS::Lambda::Version", { FunctionName: { Ref: "Work" } });
  await expect(serve(two)).rejects.toThrow("another version");
});
