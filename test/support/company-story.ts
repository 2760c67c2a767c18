import { setImmediate as turn } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand, SQSClient, StartMessageMoveTaskCommand } from "@aws-sdk/client-sqs";
import { expect, onTestFinished } from "vitest";
import { type Connection, connect } from "../../cli/connection.ts";
import { type Assembly, readAssembly } from "../../local/assembly.ts";
import { VirtualClock } from "../../local/clock.ts";
import type { AwsCall } from "../../local/runtime/endpoint/services.ts";
import type { Transition } from "../../local/runtime/states/run.ts";
import { type Served, serve } from "../../local/serve.ts";
import { groups, keys, people } from "../../local/world/company.ts";
import type { WorldEvent } from "../../local/world/events.ts";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { durationOptions } from "../../local/world/jira/form.ts";
import type { SimulatedJira } from "../../local/world/jira/start-jira.ts";
import { statusIds, transitionIds } from "../../local/world/jira/workflow.ts";
import type { SimulatedJumpCloud } from "../../local/world/jumpcloud/server.ts";
import { type AuditEntry, firstBreak } from "../../src/audit/audit-trail.ts";
import { applyPolicy } from "../../src/policy/apply-policy.ts";
import { type PolicyFiles, readPolicyFiles } from "../../src/policy-files/read-policy-files.ts";
import type { ActionRequest, Request } from "../../src/requests/request.ts";
import { Ledger } from "../../src/storage/ledger.ts";
import { Standings } from "../../src/storage/standings.ts";
import { Table } from "../../src/storage/table.ts";
import { assemblyFolder } from "./assembly.ts";
import { InProcessHost } from "./in-process-host.ts";
import { PermissionUses } from "./permission-uses.ts";
import { openWire, type Wire } from "./wire.ts";

/** Stories of requests, on the stack as it is deployed: its template, its state machine, its handlers, over HTTP, with time that the story moves. */

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** Friday, nine in the morning. */
const friday = Date.UTC(2026, 10, 20, 9);

/** The example files of `policy/`, with changes. */
export function policyWith(change: (files: PolicyFiles) => void = () => {}): PolicyFiles {
  const files = readPolicyFiles("policy");
  if ("problems" in files) throw new Error("the example files are wrong");
  change(files);
  return files;
}

export type StoryOptions = {
  policy?: PolicyFiles;
  /** Keeps what happens in this folder, so that the story can go on after a restart. */
  state?: string;
  clock?: VirtualClock;
  /** What is served, if not the stack as it is. */
  assembly?: Assembly;
  /** Whether the sweeper is at work; without it a story shows that webhooks and timers are enough. */
  sweeping?: boolean;
  /** Whether the catalog is compared with JumpCloud every few hours. */
  checkingCatalog?: boolean;
  /** Whether Latchkey asks for something by itself, if the policy files say what. */
  synthetic?: boolean;
  /** Whether the age of the keys is looked at. */
  checkingKeys?: boolean;
  /** Whether the audit trails are anchored. */
  anchoring?: boolean;
};

/** Every edge of the graph that a story of this test file has walked. */
export const walkedEdges = new Set<string>();

/** What the roles of the stack may do, and how often stories of this test file have needed it. */
export const permissionUses = new PermissionUses();

/** Calls of this test file's stories that the template does not allow. */
export const refusedCalls: string[] = [];

function edgeOf({ state, how, index, to, executionArn }: Transition): string {
  const machine = executionArn.split(":").at(-2)?.replace("latchkey-local-", "");
  return `${machine}: ${state} -${how}${index === undefined ? "" : ` ${index}`}${to === undefined ? "" : `-> ${to}`}`;
}

/** Where functions find the addresses of other systems. */
const addressVariables = {
  AWS: "AWS_ENDPOINT_URL",
  Jira: "JIRA_URL",
  JumpCloud: "JUMPCLOUD_URL",
} as const;

type Transitions = keyof typeof transitionIds;

/** A company with Latchkey at work. Closed when the test ends. */
export async function openStory(options: StoryOptions = {}): Promise<Story> {
  const clock = options.clock ?? new VirtualClock(friday);
  const host = new InProcessHost(clock);
  if (!options.sweeping) host.idle.add("sweep-requests");
  if (!options.synthetic) host.idle.add("raise-synthetic-request");
  if (!options.checkingCatalog) host.idle.add("sync-catalog");
  if (!options.anchoring) host.idle.add("anchor-audit");
  if (!options.checkingKeys) host.idle.add("check-keys");
  const awsCalls: AwsCall[] = [];
  const steps: Transition[] = [];
  const events: WorldEvent[] = [];
  const listeners: ((event: WorldEvent) => void)[] = [];
  const refusals: string[] = [];
  const served = await serve({
    clock,
    port: 0,
    awsPort: 0,
    policy: options.policy ?? policyWith(),
    state: options.state,
    assembly: options.assembly ?? readAssembly(assemblyFolder),
    functionHost: host,
    onCall: (call) => awsCalls.push(call),
    onRefusal: (message) => refusals.push(message),
    onStep: (step) => {
      steps.push(step);
      walkedEdges.add(edgeOf(step));
    },
    onEvent: (event) => {
      events.push(event);
      for (const listener of listeners) listener(event);
    },
  });
  const story = new Story(served, { clock, host, awsCalls, steps, events, listeners, refusals });
  onTestFinished(() => story.stop());
  return story;
}

/** What can be done in a story, and what can be seen of it. People are named by what is before the @ of their address. */
export class Story {
  readonly clock: VirtualClock;
  readonly host: InProcessHost;
  readonly awsCalls: AwsCall[];
  readonly steps: Transition[];
  readonly events: WorldEvent[];
  readonly listeners: ((event: WorldEvent) => void)[];
  /** Calls that the template does not allow; a story with one fails. */
  readonly refusals: string[];
  readonly jira: SimulatedJira;
  readonly jumpcloud: SimulatedJumpCloud;
  readonly runtime: Served["runtime"];
  readonly states: Served["states"];
  readonly operator: Connection;
  readonly standings: Standings;
  readonly ledger: Ledger;
  readonly #queues: SQSClient;
  readonly #served: Served;
  readonly #wires: Wire[] = [];
  #isOpen = true;

  constructor(
    served: Served,
    watched: Pick<Story, "clock" | "host" | "awsCalls" | "steps" | "events" | "listeners" | "refusals">,
  ) {
    if (!served.jira || !served.jumpcloud) throw new Error("a story is played in the simulated world");
    this.#served = served;
    this.jira = served.jira;
    this.jumpcloud = served.jumpcloud;
    this.runtime = served.runtime;
    this.states = served.states;
    this.operator = connect({ stage: "local", endpoint: served.runtime.awsUrl });
    const credentials = { accessKeyId: "operator", secretAccessKey: "operator" };
    const database = new DynamoDBClient({
      endpoint: served.runtime.awsUrl,
      region: "eu-west-1",
      credentials,
    });
    const requests = new Table(database, "latchkey-local-requests");
    this.standings = new Standings(requests);
    this.ledger = new Ledger(requests);
    this.#queues = new SQSClient({ endpoint: served.runtime.awsUrl, region: "eu-west-1", credentials });
    this.clock = watched.clock;
    this.host = watched.host;
    this.awsCalls = watched.awsCalls;
    this.steps = watched.steps;
    this.events = watched.events;
    this.listeners = watched.listeners;
    this.refusals = watched.refusals;
  }

  async stop(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    permissionUses.add(this.runtime.permissions.grants());
    for (const wire of this.#wires) wire.close();
    await this.#served.stop();
    refusedCalls.push(...this.refusals);
    expect(this.refusals).toEqual([]);
  }

  /** Lets everything happen that is due now or follows from it within some seconds. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
    for (let round = 0; round < 50 && (await this.clock.advanceToNext(3_000)); round++);
  }

  /** Lets something happen as soon as a ticket comes into the status named so; time stands still meanwhile. */
  whenMovedTo(status: string, happening: () => Promise<unknown>): void {
    let isOver = false;
    this.listeners.push((event) => {
      if (isOver || event.type !== "status changed" || event.to !== status) return;
      isOver = true;
      const done = this.clock.busy();
      setImmediate(() => void happening().finally(done));
    });
  }

  /** Lets something happen after the ticket has been moved into its approval status and before the run's token is kept. */
  async duringAsk(happening: () => Promise<unknown>): Promise<void> {
    const aws = await this.wireTo("AWS");
    aws.faults.add({
      fits: (call) => /\.PutItem\r/.test(call) && call.includes('"token":'),
      times: 1,
      delayMs: 2_000,
      effect: "pass",
    });
    this.whenMovedTo("Waiting for approval", happening);
    await this.settle();
  }

  /** What is between the functions and another system from now on: a connection that can fail. */
  async wireTo(system: keyof typeof addressVariables): Promise<Wire> {
    const urls = { AWS: this.runtime.awsUrl, Jira: this.jira.url, JumpCloud: this.jumpcloud.url };
    const wire = await openWire(urls[system], this.clock);
    this.#wires.push(wire);
    this.host.environment[addressVariables[system]] = wire.url;
    this.host.forget();
    return wire;
  }

  /** Lets time pass, with everything that happens in it. */
  async pass(milliseconds: number): Promise<void> {
    await this.settle();
    await this.clock.advance(milliseconds);
    await this.settle();
  }

  /** Lets time pass until something is done that waits for that. */
  async passUntil<Result>(work: Promise<Result>): Promise<Result> {
    let isOver = false;
    const done = work.finally(() => {
      isOver = true;
    });
    done.catch(() => {});
    while (!isOver) {
      await this.clock.advance(100);
      await turn();
    }
    return done;
  }

  /** A call to Jira as somebody. */
  async call(login: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const authorization = `Basic ${Buffer.from(`${personOf(login).email}:any`).toString("base64")}`;
    return ask(this.jira.url + path, method, { authorization }, body);
  }

  /** A call to JumpCloud with the key that may do everything. */
  async callJumpCloud(method: string, path: string, body?: unknown): Promise<Answer> {
    return ask(this.jumpcloud.url + path, method, { "x-api-key": keys.jumpcloudApiKey }, body);
  }

  /** Somebody raises a request on the portal. Nothing has happened with it yet. */
  async raise(login: string, option: string, answers: Answers = {}): Promise<{ key: string; id: string }> {
    const { duration = "Permanent", beneficiary, fields } = answers;
    const { status, body } = await this.call(login, "POST", "/rest/servicedeskapi/request", {
      serviceDeskId: "1",
      requestTypeId: "25",
      requestFieldValues: {
        [fieldIds.summary]: "Access, please",
        [fieldIds.application]:
          option in parents ? { id: parents[option], child: { id: option } } : { id: option },
        [fieldIds.duration]: { id: durationOptions[duration] },
        [fieldIds.reason]: "For my work",
        ...(beneficiary ? { [fieldIds.beneficiary]: { accountId: personOf(beneficiary).accountId } } : {}),
        ...fields,
      },
    });
    if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return { key: body.issueKey, id: body.issueId };
  }

  /** Somebody asks for something that is no access, and Latchkey does what it can until it has to wait. */
  async ask(login: string, requestTypeId: string, fields: object = {}): Promise<{ key: string; id: string }> {
    const issue = await this.askOnly(login, requestTypeId, fields);
    await this.settle();
    return issue;
  }

  /** Asks, and nothing follows yet. */
  async askOnly(
    login: string,
    requestTypeId: string,
    fields: object = {},
  ): Promise<{ key: string; id: string }> {
    const { status, body } = await this.call(login, "POST", "/rest/servicedeskapi/request", {
      serviceDeskId: "1",
      requestTypeId,
      requestFieldValues: { [fieldIds.summary]: "Please help", ...fields },
    });
    if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return { key: body.issueKey, id: body.issueId };
  }

  /** What JumpCloud has of the person. */
  async user(login: string): Promise<Answer["body"]> {
    return (await this.callJumpCloud("GET", `/api/systemusers/${personOf(login).jumpcloudId}`)).body;
  }

  /** Somebody changes the person's account in JumpCloud's console. */
  async edit(login: string, fields: object): Promise<void> {
    await this.callJumpCloud("PUT", `/_simulated/users/${personOf(login).jumpcloudId}`, fields);
  }

  /** Somebody raises a request, and Latchkey does what it can until it has to wait. */
  async request(login: string, option: string, answers: Answers = {}): Promise<{ key: string; id: string }> {
    const issue = await this.raise(login, option, answers);
    await this.settle();
    return issue;
  }

  /** An approver decides in Jira; the status of Jira's answer, 404 when nothing is there to be decided. */
  async decide(login: string, key: string, decision: "approve" | "decline"): Promise<number> {
    const status = await this.decideOnly(login, key, decision);
    await this.settle();
    return status;
  }

  /** Decides, and nothing follows yet. */
  async decideOnly(login: string, key: string, decision: "approve" | "decline"): Promise<number> {
    const path = `/rest/servicedeskapi/request/${key}/approval`;
    const { body } = await this.call(login, "GET", path);
    const pending = body?.values?.findLast(
      (one: { finalDecision: string }) => one.finalDecision === "pending",
    );
    if (!pending) return 404;
    return (await this.call(login, "POST", `${path}/${pending.id}`, { decision })).status;
  }

  /** Somebody moves the ticket by hand. */
  async move(login: string, key: string, transition: Transitions): Promise<number> {
    const body = { transition: { id: transitionIds[transition] } };
    const { status } = await this.call(login, "POST", `/rest/api/3/issue/${key}/transitions`, body);
    await this.settle();
    return status;
  }

  /** Somebody presses a button on the portal. */
  async press(login: string, key: string, transition: Transitions): Promise<number> {
    const status = await this.pressOnly(login, key, transition);
    await this.settle();
    return status;
  }

  /** Presses the button, and nothing follows yet. */
  async pressOnly(login: string, key: string, transition: Transitions): Promise<number> {
    const path = `/rest/servicedeskapi/request/${key}/transition`;
    return (await this.call(login, "POST", path, { id: transitionIds[transition] })).status;
  }

  /** The name of the status in which the ticket is. */
  async statusOf(key: string): Promise<string> {
    const { body } = await this.call("nadia.rahman", "GET", `/rest/api/3/issue/${key}?fields=status`);
    const found = Object.entries(statusIds).find(([, id]) => id === body.fields.status.id);
    return found?.[0] ?? body.fields.status.id;
  }

  /** What Latchkey said on the ticket, oldest first, with names for mentions. */
  async comments(key: string): Promise<{ public: boolean; text: string }[]> {
    const { body } = await this.call(
      "nadia.rahman",
      "GET",
      `/rest/servicedeskapi/request/${key}/comment?limit=50`,
    );
    type Said = { public: boolean; body: string; author: { accountId: string } };
    return body.values
      .filter((one: Said) => one.author.accountId === keys.jiraServiceAccountId)
      .map((one: Said) => ({ public: one.public, text: one.body }));
  }

  /** Whether JumpCloud has the person in the group. */
  async isMember(login: string, group: string): Promise<boolean> {
    const path = `/api/v2/users/${personOf(login).jumpcloudId}/memberof?limit=100`;
    const { body } = await this.callJumpCloud("GET", path);
    return body.some((one: { id: string }) => one.id === groupOf(group));
  }

  /** Brings other policy files into force, for every function at once. */
  async apply(files: PolicyFiles): Promise<void> {
    await applyPolicy(this.operator, files);
    this.host.forget();
  }

  /** The newest request of a ticket, as it is stored. */
  async stored(id: string): Promise<Request> {
    const request = await this.operator.requests.latest(id);
    if (!request) throw new Error(`there is no request for issue ${id}`);
    return request;
  }

  /** The newest request for actions of a ticket, as it is stored. */
  async storedActions(id: string): Promise<ActionRequest> {
    const request = await this.operator.anyRequests.latest(id);
    if (request?.kind !== "actions") throw new Error(`there is no request for actions for issue ${id}`);
    return request;
  }

  /** The request's audit trail, whose chain must be whole. */
  async trail(id: string, generation = 1): Promise<AuditEntry[]> {
    const entries = await this.operator.audit.entries(`${id}-${generation}`);
    if (firstBreak(entries) !== undefined) throw new Error("the audit trail is broken");
    for (const { action, policyVersion } of entries)
      if (policyVersion === undefined) throw new Error(`${action} does not say by which policy`);
    return entries;
  }

  async actions(id: string, generation = 1): Promise<string[]> {
    return (await this.trail(id, generation)).map((entry) => entry.action);
  }

  /** The state machine's executions, oldest first. */
  async executions(machine = "access-request"): Promise<{ name: string; status: string }[]> {
    const stateMachineArn = this.runtime.resources.stateMachineArn(`latchkey-local-${machine}`);
    const listed = await this.states.handle("ListExecutions", { stateMachineArn, maxResults: 1000 });
    const { executions } = listed as { executions: { name: string; status: string }[] };
    return executions.map(({ name, status }) => ({ name, status })).toReversed();
  }

  /** How many messages have been given up. */
  async deadLetters(): Promise<number> {
    const QueueUrl = this.runtime.resources.queueUrl("latchkey-local-issues-dead.fifo");
    const asked = new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ["ApproximateNumberOfMessages"],
    });
    return Number((await this.#queues.send(asked)).Attributes?.ApproximateNumberOfMessages);
  }

  /** An operator moves what was given up back to its queue. */
  async moveDeadLettersBack(): Promise<void> {
    const SourceArn = "arn:aws:sqs:eu-west-1:000000000000:latchkey-local-issues-dead.fifo";
    await this.#queues.send(new StartMessageMoveTaskCommand({ SourceArn }));
    await this.settle();
  }
}

type Answers = { duration?: string; beneficiary?: string; fields?: object };

/** Tests read whatever Jira and JumpCloud answer. */
type Answer = { status: number; body: ReturnType<typeof JSON.parse> };

async function ask(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: { accept: "application/json", "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: /^[[{]/.test(text) ? JSON.parse(text) : text };
}

export function personOf(login: string) {
  const person = people.find((one) => one.email.startsWith(`${login}@`));
  if (!person) throw new Error(`nobody is called ${login}`);
  return person;
}

export function groupOf(name: string): string {
  const group = groups.find((one) => one.name === name);
  if (!group) throw new Error(`there is no group ${name}`);
  return group.id;
}

/** The form's options, by what people read. */
export const option = {
  githubDeveloper: "10201",
  githubAdministrator: "10202",
  awsDeveloper: "10203",
  awsAdministrator: "10204",
  slackMember: "10206",
  slackAllStaff: "10207",
  figmaViewer: "10208",
  figmaEditor: "10209",
  notionMember: "10210",
  datadogAdministrator: "10214",
  zoom: "10216",
  pagerduty: "10219",
  somethingElse: "10113",
  keyCard: "10221",
} as const;

const parents: Record<string, string> = {
  "10201": "10101",
  "10202": "10101",
  "10203": "10102",
  "10204": "10102",
  "10206": "10103",
  "10207": "10103",
  "10208": "10104",
  "10209": "10104",
  "10210": "10105",
  "10214": "10107",
  "10216": "10109",
  "10219": "10111",
  "10221": "10114",
};
