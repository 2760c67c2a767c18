import { Killed, MortalStore } from "./mortal-store.ts";
import {
  ask,
  Bench,
  branch,
  type FakeFunction,
  invoke,
  machine,
  payloadOnly,
  TaskFailure,
} from "./support.ts";

/** Uses everything that a restart could spoil. */
const long = machine({
  Begin: { Type: "Pass", Assign: { id: "{% $uuid() %}", began: "{% $millis() %}" }, Next: "Flaky" },
  Flaky: invoke(
    "flaky",
    { id: "{% $id %}", attempt: "{% $uuid() %}" },
    {
      ...payloadOnly,
      Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 10, MaxAttempts: 2 }],
      Next: "Both",
    },
  ),
  Both: {
    Type: "Parallel",
    Branches: [
      branch({
        Ask: ask("ask", { TimeoutSeconds: 3_600, Assign: { answer: "{% $states.result %}" }, Next: "Told" }),
        Told: { Type: "Pass", Output: "{% $answer %}", End: true },
      }),
      branch({
        Sleep: { Type: "Wait", Seconds: 300, Next: "Work" },
        Work: invoke("work", { id: "{% $id %}", attempt: "{% $uuid() %}" }, { ...payloadOnly, End: true }),
      }),
    ],
    Assign: { both: "{% $states.result %}" },
    Next: "Each",
  },
  Each: {
    Type: "Map",
    Items: [1, 2, 3],
    MaxConcurrency: 1,
    ItemProcessor: branch({
      Double: invoke(
        "double",
        { id: "{% $id %}", attempt: "{% $uuid() %}", n: "{% $states.input %}" },
        { ...payloadOnly, Next: "Rest" },
      ),
      Rest: { Type: "Wait", Seconds: 5, End: true },
    }),
    Assign: { each: "{% $states.result %}" },
    Next: "Refused",
  },
  Refused: invoke(
    "refuse",
    { id: "{% $id %}", attempt: "{% $uuid() %}" },
    {
      Catch: [
        { ErrorEquals: ["Refused"], Assign: { why: "{% $states.errorOutput.Error %}" }, Next: "Which" },
      ],
      End: true,
    },
  ),
  Which: {
    Type: "Choice",
    Choices: [{ Condition: "{% $why = 'Refused' %}", Next: "End" }],
    Default: "Wrong",
  },
  End: {
    Type: "Pass",
    Output: {
      both: "{% $both %}",
      each: "{% $each %}",
      why: "{% $why %}",
      lasted: "{% $millis() - $began %}",
    },
    End: true,
  },
  Wrong: { Type: "Fail" },
});

type Given = { id: string; attempt: string };

/** The world outside: functions that remember, and a person who answers half an hour after being asked, once and for all. */
export class World {
  readonly given: Given[] = [];
  readonly flakyAttempts = new Set<string>();
  readonly tokens: string[] = [];
  readonly functions: Record<string, FakeFunction> = {
    flaky: async (payload: Given, { sleep }) => {
      this.given.push(payload);
      this.flakyAttempts.add(payload.attempt);
      await sleep(1);
      if (this.flakyAttempts.size < 3) throw new TaskFailure("Flaky", "{}");
      return "ok";
    },
    ask: (payload: { token: string }) => {
      this.tokens.push(payload.token);
    },
    work: async (payload: Given, { sleep }) => {
      this.given.push(payload);
      await sleep(2);
      return "worked";
    },
    double: (payload: Given & { n: number }) => {
      this.given.push(payload);
      return payload.n * 2;
    },
    refuse: (payload: Given) => {
      this.given.push(payload);
      throw new TaskFailure("Refused", "{}");
    },
  };
}

type Report = {
  output: unknown;
  status: string;
  seconds: number | undefined;
  calls: Record<string, number>;
  ids: number;
  attempts: number;
  types: string[];
  writes: number;
};

/** Runs the machine; the process dies at each of the given writes and is started again after `downtime` seconds. */
export async function live(deaths: number[], downtime = 0): Promise<Report> {
  const store = new MortalStore();
  const world = new World();
  const bench = new Bench({ functions: world.functions, store });
  let isDead = false;
  store.onDeath = () => {
    isDead = true;
    bench.service.stop();
  };
  const revive = async () => {
    if (!isDead) return;
    isDead = false;
    store.diesAt = deaths.shift() ?? Number.POSITIVE_INFINITY;
    await bench.pass(downtime);
    bench.restart();
  };
  bench.define(long);
  store.writes = 0;
  store.diesAt = deaths.shift() ?? Number.POSITIVE_INFINITY;

  let arn = "";
  while (!arn)
    arn = await bench.start(long).catch(async (error: unknown) => {
      if (!(error instanceof Killed)) throw error;
      await revive();
      return "";
    });
  const asked = new Map<string, number>();
  for (let minutes = 0; minutes < 120; minutes++) {
    await bench.pass(60);
    while (isDead) {
      await revive();
      await bench.pass(0);
    }
    for (const token of world.tokens) if (!asked.has(token)) asked.set(token, minutes);
    for (const [token, since] of asked)
      if (minutes - since === 30) {
        const answer = { taskToken: token, output: '"yes"' };
        await bench.call("SendTaskSuccess", answer).catch((error: Error) => {
          if (error.name !== "TaskTimedOut") throw error;
        });
      }
  }
  const { status, output, seconds } = await bench.execution(arn);
  const names = bench.calls.map((call) => ("functionName" in call ? call.functionName : "?"));
  return {
    status,
    output,
    seconds,
    calls: Object.fromEntries(
      [...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]),
    ),
    ids: new Set(world.given.map(({ id }) => id)).size,
    attempts: new Set(world.given.map(({ attempt }) => attempt)).size,
    types: await bench.types(arn),
    writes: store.writes,
  };
}
