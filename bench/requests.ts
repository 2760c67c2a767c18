import * as v from "valibot";
import type { Assembly } from "../local/assembly.ts";
import { billedTransitions, type CostLine, costLines, costOf, idleUsage, times, usageOf } from "./cost.ts";
import type { Figure, FigureGroup } from "./figures.ts";
import { logBytesOf, totalOf } from "./log-bytes.ts";
import type { Recording } from "./recorder.ts";
import { idleHours, recordAll } from "./recordings.ts";

export type Counted = {
  groups: FigureGroup[];
  /** What makes up the cost of 1,000 approved requests with warm functions, and of a month without requests. */
  costs: { warm: CostLine[]; idle: CostLine[] };
};

/** Figures that are counted while requests are played in the simulated world; they are the same on every machine. */
export async function countedFigures(assembly: Assembly): Promise<Counted> {
  const { warm, cold, action, idle: idleRecording } = await recordAll(assembly);
  const stack = stackIn(assembly.template);
  const thousandWarm = times(usageOf(warm, stack.memoryMegabytes), 1_000);
  const thousandCold = times(usageOf(cold, stack.memoryMegabytes), 1_000);
  const idle = idleUsage(idleRecording, idleHours, stack);
  const month = (thousands: number) => costOf(idle) + thousands * costOf(thousandCold);
  return {
    groups: [
      {
        title: "One approved request: one stage, access without an end, functions warm",
        figures: [
          {
            name: "Billed transitions of the state machine",
            measured: billedTransitions(warm.steps, warm.executions),
            unit: "",
            limit: 9,
            note: "the start is one",
          },
          { ...awsCalls(warm), limit: 40 },
          { ...vendorCalls(warm), limit: 16 },
          logBytes(warm),
          { name: "1,000 of them at list price", measured: costOf(thousandWarm), unit: "US$", limit: 0.35 },
        ],
      },
      {
        title: "The same when every function starts cold, after it is asked and again after it is approved",
        figures: [
          awsCalls(cold),
          vendorCalls(cold),
          { name: "1,000 of them at list price", measured: costOf(thousandCold), unit: "US$" },
        ],
      },
      {
        title: "One approved request for an action, for one person, functions warm",
        figures: [
          {
            name: "Billed transitions of the state machine",
            measured: billedTransitions(action.steps, action.executions),
            unit: "",
            limit: 10,
            note: "the start is one",
          },
          { ...awsCalls(action), limit: 50 },
          { ...vendorCalls(action), limit: 24 },
          {
            name: "1,000 of them at list price",
            measured: costOf(times(usageOf(action, stack.memoryMegabytes), 1_000)),
            unit: "US$",
            limit: 0.4,
          },
        ],
      },
      {
        title: "A month at list price, every function cold",
        figures: [
          { name: "Nobody asks for anything", measured: month(0), unit: "US$", limit: 5 },
          { name: "1,000 approved requests", measured: month(1), unit: "US$" },
          { name: "10,000 approved requests", measured: month(10), unit: "US$" },
        ],
      },
    ],
    costs: { warm: costLines(thousandWarm), idle: costLines(idle) },
  };
}

function awsCalls(recording: Recording): Figure {
  const byFunctions = recording.awsCalls.length;
  return {
    name: "Calls to AWS",
    measured: byFunctions + recording.tasks,
    unit: "",
    note: `${byFunctions} by functions, ${recording.tasks} invocations by the state machine`,
  };
}

function vendorCalls({ jiraCalls, jumpcloudCalls }: Recording): Figure {
  return {
    name: "Calls to Jira and JumpCloud",
    measured: jiraCalls + jumpcloudCalls,
    unit: "",
    note: `${jiraCalls} to Jira, those after webhooks about our own writes included; ${jumpcloudCalls} to JumpCloud`,
  };
}

function logBytes(recording: Recording): Figure {
  const bytes = logBytesOf(recording);
  const { functions, lambda, stateMachine, accessLog } = bytes;
  return {
    name: "Log bytes",
    measured: totalOf(bytes),
    unit: "bytes",
    limit: 20_000,
    note: `state machine ${stateMachine}, Lambda's own lines ${lambda}, functions ${functions}, access log ${accessLog}`,
  };
}

const Properties = v.optional(
  v.object({
    MemorySize: v.optional(v.number(), 0),
    Metrics: v.optional(v.array(v.object({ MetricStat: v.optional(v.object({})) }))),
  }),
  {},
);
const Template = v.object({ Resources: v.record(v.string(), v.object({ Type: v.string(), Properties })) });

/** What of the stack is paid for by the month, and how large its functions are. */
function stackIn(template: unknown) {
  const resources = Object.values(v.parse(Template, template).Resources);
  const ofType = (type: string) => resources.filter((resource) => resource.Type === type);
  return {
    memoryMegabytes: Math.max(
      ...ofType("AWS::Lambda::Function").map(({ Properties: { MemorySize } }) => MemorySize),
    ),
    secrets: ofType("AWS::SecretsManager::Secret").length,
    // One that computes with several metrics is billed for each of them.
    alarms: ofType("AWS::CloudWatch::Alarm")
      .flatMap(({ Properties: { Metrics } }) => Metrics ?? [{ MetricStat: {} }])
      .filter(({ MetricStat }) => MetricStat !== undefined).length,
  };
}
