import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { expect, test, vi } from "vitest";
import { VirtualClock } from "../../../local/clock.ts";
import { readExpression } from "../../../local/runtime/schedules/schedule-expression.ts";
import { Store } from "../../../local/store.ts";
import { allow, arnOf, clients, Fixture, inProcess, monday, serve } from "./fixture.ts";

test.each([
  ["rate(5 minutes)", ["2026-03-02T08:05:00Z", "2026-03-02T08:10:00Z"]],
  ["rate(1 day)", ["2026-03-03T08:00:00Z", "2026-03-04T08:00:00Z"]],
  ["cron(0 10 * * ? *)", ["2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"]],
  ["cron(0/30 9-10 ? * MON-FRI *)", ["2026-03-02T09:00:00Z", "2026-03-02T09:30:00Z"]],
  // Weekdays count from 1, Sunday.
  ["cron(15 12 ? * 2-6 *)", ["2026-03-02T12:15:00Z", "2026-03-03T12:15:00Z"]],
  ["cron(0 8 ? * 6#3 *)", ["2026-03-20T08:00:00Z", "2026-04-17T08:00:00Z"]],
  ["cron(0 8 L * ? *)", ["2026-03-31T08:00:00Z", "2026-04-30T08:00:00Z"]],
  ["cron(0 8 1W * ? *)", ["2026-04-01T08:00:00Z", "2026-05-01T08:00:00Z"]],
  ["cron(0 0 1 1 ? 2027)", ["2027-01-01T00:00:00Z", undefined]],
])("%s is due at %j", (expression, expected) => {
  const next = readExpression(expression, "UTC", monday);
  const first = next(monday);
  const second = first === undefined ? undefined : next(first);
  const shown = [first, second].map((time) => time && new Date(time).toISOString().replace(".000", ""));
  expect(shown).toEqual(expected);
});

test("a schedule's time zone counts, also when the clocks change", () => {
  const next = readExpression("cron(0 3 * * ? *)", "Europe/Amsterdam", monday);
  expect(new Date(next(Date.UTC(2026, 2, 28)) ?? 0).toISOString()).toBe("2026-03-28T02:00:00.000Z");
  expect(new Date(next(Date.UTC(2026, 2, 29, 12)) ?? 0).toISOString()).toBe("2026-03-30T01:00:00.000Z");
});

test.each([
  "rate(1 minutes)",
  "rate(5 minute)",
  "rate(0 minutes)",
  "at(2026-01-01T00:00:00)",
  "cron(0 10 * * *)",
  "cron(0 10 * * * *)",
  "cron(0 10 ? * ? *)",
  "every day",
])("%s is refused", (expression) => {
  expect(() => readExpression(expression, "UTC", monday)).toThrow(expression);
});

const eventBridge = {
  Action: "lambda:InvokeFunction",
  FunctionName: { Ref: "Sweep" },
  Principal: "events.amazonaws.com",
  SourceArn: arnOf("Every"),
};

function fixture(rule: object = {}) {
  return new Fixture()
    .lambda("Sweep", "")
    .add("Every", "AWS::Events::Rule", {
      ScheduleExpression: "rate(5 minutes)",
      Targets: [{ Id: "one", Arn: arnOf("Sweep") }],
      ...rule,
    })
    .add("Permission", "AWS::Lambda::Permission", eventBridge);
}

type Options = { clock?: VirtualClock; store?: Store; fails?: (call: number) => boolean };

async function served(all: Fixture, { fails, ...options }: Options = {}) {
  const events: { at: number; event: unknown }[] = [];
  const clock = options.clock ?? new VirtualClock(monday);
  const runtime = await serve(all, {
    ...options,
    clock,
    functionHost: inProcess({
      Sweep: (event) => {
        events.push({ at: (clock.now() - monday) / 60_000, event });
        if (fails?.(events.length)) throw new Error("not now");
      },
    }),
  });
  return { ...runtime, events, minutes: () => events.map(({ at }) => at) };
}

test("a rule calls its function with EventBridge's event", async () => {
  const { events, clock } = await served(fixture());
  await clock.advance(10 * 60_000);
  expect(events.map(({ at }) => at)).toEqual([5, 10]);
  expect(events[0]?.event).toEqual({
    version: "0",
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: "000000000000",
    time: "2026-03-02T08:05:00Z",
    region: "eu-west-1",
    resources: ["arn:aws:events:eu-west-1:000000000000:rule/Test-Every"],
    detail: {},
  });
});

test("a target's own input is what the function gets", async () => {
  const { events, clock } = await served(
    fixture({ Targets: [{ Id: "one", Arn: arnOf("Sweep"), Input: '{"sweep":"all"}' }] }),
  );
  await clock.advance(5 * 60_000);
  expect(events.map(({ event }) => event)).toEqual([{ sweep: "all" }]);
});

test("a disabled rule calls nobody", async () => {
  const { events, clock } = await served(fixture({ State: "DISABLED" }));
  await clock.advance(60 * 60_000);
  expect(events).toEqual([]);
});

test("after a pause one missed run is made up for at once, and the rhythm is kept", async () => {
  const clock = new VirtualClock(monday);
  const store = new Store();
  const first = await served(fixture(), { clock, store });
  await clock.advance(5 * 60_000);
  await first.stop();
  await clock.advance(22 * 60_000);
  expect(first.minutes()).toEqual([5]);
  const second = await served(fixture(), { clock, store });
  await clock.settle();
  expect(second.minutes()).toEqual([27]);
  await clock.advance(10 * 60_000);
  expect(second.minutes()).toEqual([27, 30, 35]);
});

test("a changed expression begins anew", async () => {
  const clock = new VirtualClock(monday);
  const store = new Store();
  const first = await served(fixture({ ScheduleExpression: "rate(30 minutes)" }), { clock, store });
  await first.stop();
  await clock.advance(20 * 60_000);
  const second = await served(fixture({ ScheduleExpression: "rate(1 hour)" }), { clock, store });
  await clock.advance(60 * 60_000);
  expect(second.minutes()).toEqual([80]);
});

test("a failing function is tried again after one and two minutes, as Lambda does for events, and then given up", async () => {
  const { minutes, clock } = await served(fixture(), { fails: (call) => call <= 3 });
  await clock.advance(10 * 60_000);
  expect(minutes()).toEqual([5, 6, 8, 10]);
});

test("retries go on after a restart", async () => {
  const clock = new VirtualClock(monday);
  const store = new Store();
  const first = await served(fixture(), { clock, store, fails: () => true });
  await clock.advance(5 * 60_000);
  await first.stop();
  const second = await served(fixture({ State: "DISABLED" }), { clock, store });
  await clock.advance(2 * 60_000);
  expect(second.minutes()).toEqual([6]);
});

test("a retry for a function that has left the template is forgotten", async () => {
  const clock = new VirtualClock(monday);
  const store = new Store();
  const first = await served(fixture(), { clock, store, fails: () => true });
  await clock.advance(5 * 60_000);
  await first.stop();
  const second = await served(new Fixture().lambda("Other", ""), { clock, store });
  await clock.advance(60 * 60_000);
  await second.stop();
  const third = await served(fixture({ State: "DISABLED" }), { clock, store });
  await clock.advance(60 * 60_000);
  expect([...second.minutes(), ...third.minutes()]).toEqual([]);
});

test("a function's own settings limit the retries and name a queue for what failed", async () => {
  const all = fixture()
    .add("Failed", "AWS::SQS::Queue", { QueueName: "failed" })
    .lambda("Sweep", "", [allow("sqs:SendMessage", arnOf("Failed"))])
    .add("Config", "AWS::Lambda::EventInvokeConfig", {
      FunctionName: { Ref: "Sweep" },
      Qualifier: "$LATEST",
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: arnOf("Failed") } },
    });
  const { minutes, clock, resources, awsUrl } = await served(all, { fails: () => true });
  await clock.advance(9 * 60_000);
  expect(minutes()).toEqual([5]);
  const { sqs } = clients(awsUrl);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: resources.queueUrl("Failed") }));
  expect(JSON.parse(Messages?.[0]?.Body ?? "")).toMatchObject({
    requestContext: {
      condition: "RetriesExhausted",
      approximateInvokeCount: 1,
      functionArn: "arn:aws:lambda:eu-west-1:000000000000:function:Test-Sweep:$LATEST",
    },
    requestPayload: { source: "aws.events" },
    responsePayload: { errorType: "Error", errorMessage: "not now" },
  });
});

test("a schedule starts an execution as its role, with a name that does not change when the run is repeated", async () => {
  const machine = {
    DefinitionString: "{}",
    RoleArn: arnOf("MachineRole"),
  };
  const all = () =>
    new Fixture()
      .role("MachineRole", [])
      .role("StartRole", [allow("states:StartExecution", { Ref: "Machine" })])
      .role("OtherRole", [])
      .add("Machine", "AWS::StepFunctions::StateMachine", machine)
      .add("Nightly", "AWS::Scheduler::Schedule", {
        FlexibleTimeWindow: { Mode: "OFF" },
        ScheduleExpression: "cron(0 3 * * ? *)",
        ScheduleExpressionTimezone: "Etc/UTC",
        Target: {
          Arn: { Ref: "Machine" },
          RoleArn: arnOf("StartRole"),
          Input: '{"at":"<aws.scheduler.scheduled-time>"}',
        },
      });
  const names: unknown[] = [];
  for (let round = 0; round < 2; round++) {
    const { clock, states } = await served(all());
    await clock.advance(24 * 3_600_000);
    expect(states.calls).toEqual([
      {
        operation: "StartExecution",
        input: {
          stateMachineArn: "arn:aws:states:eu-west-1:000000000000:stateMachine:Test-Machine",
          name: expect.stringMatching(/^[0-9a-f]{32}$/),
          input: '{"at":"2026-03-03T03:00:00Z"}',
        },
      },
    ]);
    names.push((states.calls[0]?.input as { name?: string } | undefined)?.name);
  }
  expect(names[0]).toBe(names[1]);
});

test("what EventBridge may not call is not called, and the console says so", async () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  const { events, clock } = await served(
    new Fixture().lambda("Sweep", "").add("Every", "AWS::Events::Rule", {
      ScheduleExpression: "rate(5 minutes)",
      Targets: [{ Id: "one", Arn: arnOf("Sweep") }],
    }),
  );
  await clock.advance(5 * 60_000);
  expect(events).toEqual([]);
  expect(printed.mock.calls.flat().join(" ")).toContain("AWS::Lambda::Permission");
  printed.mockRestore();
});

test.each([
  [{ ScheduleExpression: "rate(1 minutes)" }, "rate(1 minutes)"],
  [{ ScheduleExpression: undefined, EventPattern: { source: ["aws.states"] } }, "EventPattern"],
  [{ Targets: [{ Id: "one", Arn: arnOf("Sweep"), Input: "{" }] }, "not JSON"],
  [{ Targets: [{ Id: "one", Arn: arnOf("Sweep"), InputTransformer: {} }] }, "InputTransformer"],
  [
    { Targets: [{ Id: "one", Arn: "arn:aws:sns:eu-west-1:000000000000:news" }] },
    "functions and state machines",
  ],
])("the rule %j is refused", async (rule, message) => {
  await expect(serve(fixture(rule))).rejects.toThrow(message);
});
