import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { systemClock } from "../src/clock.ts";
import { applyPolicy } from "../src/policy/apply-policy.ts";
import type { Changes } from "../src/policy/changes.ts";
import type { PolicyFiles } from "../src/policy-files/read-policy-files.ts";
import { BatchWriter } from "../src/storage/batch-writer.ts";
import { Policies } from "../src/storage/policies.ts";
import { PolicyVersions } from "../src/storage/policy-versions.ts";
import { Table } from "../src/storage/table.ts";
import type { Assembly } from "./assembly.ts";
import type { LocalClock } from "./clock.ts";
import type { FunctionHost } from "./runtime/functions/function-pool.ts";
import { type Runtime, type RuntimeOptions, startRuntime } from "./runtime/runtime.ts";
import type { Transition } from "./runtime/states/run.ts";
import { StatesService } from "./runtime/states/service.ts";
import { Store } from "./store.ts";
import { simulatedSecrets } from "./world/company.ts";
import type { WorldEvent } from "./world/events.ts";
import { type SimulatedJira, startJira } from "./world/jira/start-jira.ts";
import { type SimulatedJumpCloud, startJumpCloud } from "./world/jumpcloud/server.ts";

export type ServeOptions = {
  clock: LocalClock;
  /** Port of the webhooks; 0 picks a free one. */
  port: number;
  /** Port on which AWS is answered; 0 picks a free one. */
  awsPort: number;
  /** Ports of the simulated world; 0 or none picks free ones. */
  jiraPort?: number;
  jumpcloudPort?: number;
  /** Folder in which everything is kept between runs; none keeps it in memory. */
  state?: string | undefined;
  policy: PolicyFiles;
  /** Values of the stack's secrets, by name; those of the simulated world where none are given. */
  secrets?: Record<string, unknown> | undefined;
  /** A Jira other than the simulated one. */
  jiraUrl?: string | undefined;
  /** A JumpCloud other than the simulated one. */
  jumpcloudUrl?: string | undefined;
  /** Runs the functions; worker threads with the bundles when not given. */
  functionHost?: FunctionHost;
  /** What to serve; synthesized anew when not given. */
  assembly?: Assembly;
  onCall?: RuntimeOptions["onCall"];
  onRefusal?: RuntimeOptions["onRefusal"];
  onLog?: RuntimeOptions["onLog"];
  /** An execution went from one state to the next. */
  onStep?: (step: Transition) => void;
  onEvent?: (event: WorldEvent) => void;
};

export type Served = {
  runtime: Runtime;
  states: StatesService;
  jiraUrl: string;
  jumpcloudUrl: string;
  /** undefined when another was given. */
  jira: SimulatedJira | undefined;
  jumpcloud: SimulatedJumpCloud | undefined;
  /** What applying the policy files changed. */
  changes: Changes;
  stop(): Promise<void>;
};

/** Serves everything: the deployed CDK app on this machine, and a simulated Jira and JumpCloud for it unless others are given. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { clock, state } = options;
  const closing: (() => unknown)[] = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const assembly = options.assembly ?? (await synthesizeAside(closing));
    if (state !== undefined) mkdirSync(state, { recursive: true });
    const up = Promise.withResolvers<string>();
    const world = await openWorld({ ...options, webhookUrl: up.promise }, closing);
    const store = new Store(state && join(state, "runtime.db"));
    closing.push(() => store.close());
    let states: StatesService | undefined;
    const runtime = await startRuntime({
      ...assembly,
      clock,
      store,
      ...(state === undefined ? {} : { databasePath: join(state, "tables") }),
      port: options.port,
      awsPort: options.awsPort,
      ...(options.functionHost ? { functionHost: options.functionHost } : {}),
      environment: () => addresses(world),
      secrets: named(assembly.stackName, { ...simulatedSecrets, ...options.secrets }),
      states: (host) => {
        states = new StatesService({
          clock,
          store,
          host,
          region: "eu-west-1",
          account: "000000000000",
          ...(options.onStep ? { onTransition: options.onStep } : {}),
        });
        return states;
      },
      ...(options.onCall ? { onCall: options.onCall } : {}),
      ...(options.onRefusal ? { onRefusal: options.onRefusal } : {}),
      ...(options.onLog ? { onLog: options.onLog } : {}),
    });
    closing.push(() => runtime.stop());
    up.resolve(runtime.url);
    const changes = await applyPolicy(catalogIn(runtime.awsUrl, assembly.stackName), options.policy);
    if (!states) throw new Error("the runtime has no engine for its state machine");
    return { runtime, states, ...world, changes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The simulated Jira and JumpCloud, as far as no others are given. */
export async function openWorld(
  options: Pick<
    ServeOptions,
    "clock" | "state" | "jiraUrl" | "jumpcloudUrl" | "jiraPort" | "jumpcloudPort" | "onEvent"
  > & {
    webhookUrl?: string | Promise<string>;
  },
  closing: (() => unknown)[],
): Promise<Pick<Served, "jira" | "jumpcloud" | "jiraUrl" | "jumpcloudUrl">> {
  const { clock, state, webhookUrl, onEvent } = options;
  const store = new Store(state && join(state, "world.db"));
  closing.push(() => store.close());
  const common = { clock, store, ...(onEvent ? { onEvent } : {}) };
  const jumpcloud = options.jumpcloudUrl
    ? undefined
    : await startJumpCloud({ ...common, port: options.jumpcloudPort ?? 0 });
  if (jumpcloud) closing.push(() => jumpcloud.close());
  const jira = options.jiraUrl
    ? undefined
    : await startJira({
        ...common,
        port: options.jiraPort ?? 0,
        ...(webhookUrl ? { webhookUrl } : {}),
      });
  if (jira) closing.push(() => jira.close());
  return {
    jira,
    jumpcloud,
    jiraUrl: jira?.url ?? options.jiraUrl ?? "",
    jumpcloudUrl: jumpcloud?.url ?? options.jumpcloudUrl ?? "",
  };
}

async function synthesizeAside(closing: (() => unknown)[]): Promise<Assembly> {
  const outdir = mkdtempSync(join(tmpdir(), "latchkey-"));
  closing.push(() => rmSync(outdir, { recursive: true, force: true }));
  // The CDK takes most of a second to load, which is for nothing where something else is served, or nothing at all.
  const { synthesize } = await import("./assembly.ts");
  return synthesize(outdir);
}

/** Where the functions find Jira and JumpCloud, in place of the addresses that the stack was synthesized with. */
function addresses({
  jiraUrl,
  jumpcloudUrl,
}: Pick<Served, "jiraUrl" | "jumpcloudUrl">): Record<string, string> {
  return {
    JIRA_URL: jiraUrl,
    JUMPCLOUD_URL: jumpcloudUrl,
    // A real site's tokens come from the vendor's own address, which the stack knows.
    ...(isLocal(jiraUrl) ? { JIRA_TOKEN_URL: `${jiraUrl}/oauth/token` } : {}),
    ...(isLocal(jumpcloudUrl) ? { JUMPCLOUD_TOKEN_URL: `${jumpcloudUrl}/oauth2/token` } : {}),
  };
}

/** Whether the address is one of this machine, as a simulator's is. */
export function isLocal(url: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
}

function named(stackName: string, secrets: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`${stackName}/${name}`, value]));
}

function catalogIn(endpoint: string, stackName: string) {
  const credentials = { accessKeyId: "operator", secretAccessKey: "operator" };
  const client = new DynamoDBClient({ endpoint, region: "eu-west-1", credentials });
  const name = `${stackName}-catalog`;
  const table = new Table(client, name);
  return {
    policies: new Policies(table, systemClock),
    versions: new PolicyVersions(table, new BatchWriter(client, name, systemClock)),
  };
}
