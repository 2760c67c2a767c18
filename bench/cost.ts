import * as v from "valibot";
import { logBytesOf, totalOf } from "./log-bytes.ts";
import prices from "./prices.json" with { type: "json" };
import type { Recording } from "./recorder.ts";

type Priced = keyof typeof prices.prices;

/** How much of what is billed. */
export type Usage = Partial<Record<Priced, number>>;

export type CostLine = { service: string; unit: string; quantity: number; usd: number };

const { assumptions } = prices;

/** What AWS bills for what was recorded. */
export function usageOf(recording: Recording, memoryMegabytes: number): Usage {
  const { invocations, awsCalls, steps, executions } = recording;
  const operations = awsCalls.map(({ operation }) => operation);
  const count = (name: string) => operations.filter((operation) => operation === name).length;
  return {
    transitions: billedTransitions(steps, executions),
    invocations: invocations.length,
    gigabyteSeconds: (billedMilliseconds(recording) / 1000) * (memoryMegabytes / 1024),
    httpCalls: recording.webhooks,
    // Lambda's poller receives and deletes what the function is given.
    queueRequests: count("SendMessage") + 2 * invocations.filter((name) => name === "reconcile-issue").length,
    writeUnits: awsCalls.reduce((units, { writes }) => units + writes, 0),
    readUnits: awsCalls.reduce((units, { reads }) => units + reads, 0),
    secretReads: count("GetSecretValue") + count("ListSecretVersionIds"),
    bucketRequests: awsCalls.filter(({ service }) => service === "s3").length,
    logBytes: totalOf(logBytesOf(recording)),
    traces: executions,
    scheduledEvents: invocations.filter((name) => scheduled.includes(name)).length,
  };
}

/** What schedules call. */
const scheduled = ["sweep-requests", "sync-catalog", "anchor-audit", "check-keys", "raise-synthetic-request"];

/** Every state that is entered, every retry, and the start. */
export function billedTransitions(steps: Recording["steps"], executions: number): number {
  return executions + steps.filter(({ how }) => how === "entered" || how === "retry").length;
}

/** Nothing in a simulation takes as long as in the cloud, so time is assumed for each thing that is done. */
function billedMilliseconds(recording: Recording): number {
  return (
    recording.invocations.length * assumptions.ownMilliseconds.value +
    recording.awsCalls.length * assumptions.awsCallMilliseconds.value +
    recording.jiraCalls * assumptions.jiraCallMilliseconds.value +
    recording.jumpcloudCalls * assumptions.jumpcloudCallMilliseconds.value +
    recording.coldStarts * assumptions.coldStartMilliseconds.value +
    recording.waitedMilliseconds
  );
}

/**
 * What a stack costs in a month in which nobody asks for anything.
 *
 * @param idle what happened in `idleHours`
 */
export function idleUsage(
  idle: Recording,
  idleHours: number,
  stack: { memoryMegabytes: number; secrets: number; alarms: number },
): Usage {
  const hours = assumptions.hoursPerMonth.value;
  const polls = ((hours * 3600) / assumptions.pollSeconds.value) * assumptions.pollers.value;
  const { secrets, alarms } = stack;
  return sum(times(usageOf(idle, stack.memoryMegabytes), hours / idleHours), {
    secrets,
    alarms,
    metrics: metricHours(idle.lines) / idleHours,
    queueRequests: polls,
  });
}

const MetricLine = v.object({
  _aws: v.object({
    Timestamp: v.number(),
    CloudWatchMetrics: v.array(v.object({ Metrics: v.array(v.object({ Name: v.string() })) })),
  }),
});

/** In how many hours each metric that functions wrote had a value, all together: for those a metric is billed. */
function metricHours(lines: string[]): number {
  const hours = lines.flatMap((line) => {
    const parsed = v.safeParse(MetricLine, JSON.parse(line));
    if (!parsed.success) return [];
    const { Timestamp, CloudWatchMetrics } = parsed.output._aws;
    const names = CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name));
    return names.map((name) => `${name} ${Math.floor(Timestamp / 3_600_000)}`);
  });
  return new Set(hours).size;
}

export function times(usage: Usage, factor: number): Usage {
  return fromEntries((name) => (usage[name] ?? 0) * factor);
}

function sum(one: Usage, other: Usage): Usage {
  return fromEntries((name) => (one[name] ?? 0) + (other[name] ?? 0));
}

/** What the usage costs at list price, line by line; what is not used has no line. */
export function costLines(usage: Usage): CostLine[] {
  return names.flatMap((name) => {
    const { service, unit, usd, per } = prices.prices[name];
    const quantity = usage[name] ?? 0;
    return quantity === 0 ? [] : [{ service, unit, quantity, usd: (quantity * usd) / per }];
  });
}

/** US dollars. */
export function costOf(usage: Usage): number {
  return costLines(usage).reduce((total, { usd }) => total + usd, 0);
}

const names = Object.keys(prices.prices).filter(isPriced);

function isPriced(name: string): name is Priced {
  return Object.hasOwn(prices.prices, name);
}

function fromEntries(quantity: (name: Priced) => number): Usage {
  const usage: Usage = {};
  for (const name of names) usage[name] = quantity(name);
  return usage;
}
