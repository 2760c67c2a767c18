import type { LocalClock } from "../clock.ts";
import { type HttpAnswer, type HttpRequest, type ListeningServer, listen } from "../http.ts";
import type { Store } from "../store.ts";
import { Buckets } from "./buckets/buckets.ts";
import { Database } from "./database/database.ts";
import { AwsEndpoint } from "./endpoint/endpoint.ts";
import { type AwsCall, AwsServices } from "./endpoint/services.ts";
import { FrontDoor } from "./front-door/front-door.ts";
import { BackgroundInvocations } from "./functions/background-invocations.ts";
import { type FunctionHost, FunctionPool } from "./functions/function-pool.ts";
import { Functions } from "./functions/functions.ts";
import { LambdaApi } from "./functions/lambda-api.ts";
import { Permissions } from "./permissions/permissions.ts";
import { EventSourcePoller } from "./queues/event-source.ts";
import type { EventSource } from "./queues/queue-definition.ts";
import { Queues } from "./queues/queues.ts";
import { Schedules } from "./schedules/schedules.ts";
import { startTargets } from "./schedules/start-target.ts";
import { Secrets } from "./secrets/secrets.ts";
import { readStack } from "./stack.ts";
import type { Host } from "./states/host.ts";
import { RoleCheckedHost, type StatesEngine } from "./states-host.ts";
import { TemplateError } from "./template/parse.ts";
import type { Assets, Named } from "./template/stack-reader.ts";

export type RuntimeOptions = {
  /** The synthesized CloudFormation template, parsed. */
  template: unknown;
  assets: Assets;
  stackName: string;
  region?: string;
  account?: string;
  clock: LocalClock;
  store: Store;
  /** Folder for the tables; none keeps them in memory. */
  databasePath?: string;
  /** Port of the HTTP API; 0 picks a free one. */
  port: number;
  /** Port of the AWS endpoint; 0 picks a free one. */
  awsPort: number;
  /** Runs the functions; worker threads when not given. */
  functionHost?: FunctionHost;
  /** Environment variables of a function that win over the template's. */
  environment?: (functionName: string) => Record<string, string>;
  /** First values of secrets by logical id, construct path or name. */
  secrets: Record<string, unknown>;
  states: (host: Host) => StatesEngine;
  /** A line that a function wrote. */
  onLog?: (log: { functionName: string; line: string }) => void;
  /** A finished AWS call, over HTTP or by a state machine. */
  onCall?: (call: AwsCall) => void;
  /** A call that the template does not allow, in AWS's words; printed as an error when not given. */
  onRefusal?: (message: string) => void;
};

export type Runtime = {
  /** URL of the HTTP API. */
  url: string;
  /** URL for `AWS_ENDPOINT_URL`. */
  awsUrl: string;
  /** What SDK calls need, by logical id, construct path or name. They throw for what the template does not have. */
  resources: {
    tableName(id: string): string;
    stateMachineArn(id: string): string;
    queueUrl(id: string): string;
    secretArn(id: string): string;
    functionName(id: string): string;
  };
  /** Runs a function and waits for its answer. Rejects with `FunctionError`. */
  invoke(functionId: string, payload: unknown): Promise<unknown>;
  permissions: Pick<Permissions, "used" | "unused" | "grants">;
  /** Ends everything, also functions at work; a next start with the same store and folder goes on. */
  stop(): Promise<void>;
};

/**
 * Serves a synthesized CDK stack in this process: its HTTP API on one port, the AWS APIs that it uses on another.
 * Throws `TemplateError` for a template that it cannot serve truly. What was acknowledged survives `kill -9`.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const opened: (() => unknown)[] = [];
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    return { ...(await start(options, opened)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: RuntimeOptions, opened: (() => unknown)[]): Promise<Omit<Runtime, "stop">> {
  const { clock, store, region = "eu-west-1", account = "000000000000" } = options;

  // The template's URLs contain the ports, so the servers listen before anything can answer.
  const awsServer = await openLater(options.awsPort, clock, opened);
  const frontServer = await openLater(options.port, clock, opened);
  const place = {
    region,
    account,
    stackName: options.stackName,
    awsUrl: awsServer.url,
    apiUrl: frontServer.url,
  };
  const stack = readStack(options.template, place, options.assets, options.environment);

  const permissions = new Permissions(stack.roles, place, options.onRefusal ?? console.error);
  const database = await Database.open({ path: options.databasePath, tables: stack.tables, region, account });
  opened.push(() => database.close());
  const secrets = new Secrets({ clock, store, place, definitions: stack.secrets, values: options.secrets });
  const queues = new Queues({ clock, store, place, definitions: stack.queues });
  opened.push(() => queues.stop());

  const host = options.functionHost ?? new FunctionPool({ clock, onLog: options.onLog });
  const functions = new Functions(stack.functions, host);
  opened.push(() => functions.stop());
  const background = new BackgroundInvocations({
    clock,
    store,
    functions,
    settings: stack.backgroundSettings,
    sendFailure: async ({ name, roleArn }, queueArn, body) => {
      const role = permissions.role(roleArn);
      const input = { QueueUrl: queues.urlOf(queueArn), MessageBody: body };
      if (role) await services.call({ role, session: name }, "sqs", "SendMessage", input);
    },
  });
  opened.push(() => background.stop());

  const states = options.states(new RoleCheckedHost({ permissions, functions, services: () => services }));
  opened.push(() => states.stop());
  const services = new AwsServices({
    clock,
    permissions,
    lookup: {
      place,
      tables: stack.tables,
      stateMachineArns: stack.stateMachines.map(({ arn }) => arn),
      secretArn: (id) => secrets.arnOf(id),
    },
    services: {
      dynamodb: database,
      lambda: new LambdaApi(functions, background),
      s3: new Buckets({ clock, store, definitions: stack.buckets }),
      secretsmanager: secrets,
      sfn: states,
      sqs: queues,
    },
    onCall: options.onCall,
  });
  for (const machine of stack.stateMachines) states.define(machine);

  const schedules = new Schedules({
    clock,
    store,
    place,
    definitions: stack.schedules,
    startTarget: startTargets({
      services,
      background,
      permissions,
      invokePermissions: stack.invokePermissions,
    }),
  });
  opened.push(() => schedules.stop());
  const pollers = stack.eventSources.map((source) =>
    eventSourcePoller(source, { clock, functions, permissions, queues, region }),
  );
  opened.push(() => pollers.map((poller) => poller.stop()));

  const endpoint = new AwsEndpoint(services, permissions);
  awsServer.serve((request) => endpoint.answer(request));
  const frontDoor =
    stack.httpApi &&
    new FrontDoor({ api: stack.httpApi, clock, functions, permissions: stack.invokePermissions, place });
  frontServer.serve(
    (request) => frontDoor?.answer(request) ?? { status: 404, body: { message: "Not Found" } },
  );

  states.resume();
  background.resume();
  schedules.start();
  for (const poller of pollers) poller.start();

  return {
    url: frontServer.url,
    awsUrl: awsServer.url,
    resources: {
      tableName: (id) => find(stack.tables, id, "table").name,
      stateMachineArn: (id) => find(stack.stateMachines, id, "state machine").arn,
      queueUrl: (id) => queues.urlOf(find(stack.queues, id, "queue").name),
      secretArn: (id) => find(stack.secrets, id, "secret").arn,
      functionName: (id) => find(stack.functions, id, "function").name,
    },
    invoke: async (id, payload) => {
      const done = clock.busy();
      try {
        return await functions.invoke(find(stack.functions, id, "function"), payload);
      } finally {
        done();
      }
    },
    permissions,
  };
}

type Handler = (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer;

/** Listens at once; requests wait until `serve` says who answers them. */
async function openLater(
  port: number,
  clock: LocalClock,
  opened: (() => unknown)[],
): Promise<ListeningServer & { serve: (handler: Handler) => void }> {
  const { promise, resolve } = Promise.withResolvers<Handler>();
  // Undated: an AWS SDK that reads a date far from its own corrects its clock, and repeats calls that it should not.
  const server = await listen({
    port,
    clock,
    undated: true,
    handle: async (request) => (await promise)(request),
  });
  opened.push(() => server.close());
  return { ...server, serve: resolve };
}

/** Lambda makes no mapping for a function whose role may not read the queue. */
function eventSourcePoller(
  source: EventSource,
  parts: {
    clock: LocalClock;
    functions: Functions;
    permissions: Permissions;
    queues: Queues;
    region: string;
  },
): EventSourcePoller {
  const { functions, permissions } = parts;
  const definition = functions.find(source.functionArn);
  const role = permissions.role(definition.roleArn);
  const queue = parts.queues.find(source.queueArn);
  if (!role || !queue)
    throw new TemplateError(`${source.logicalId}: it needs a role and a queue of the template`);
  for (const action of ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"])
    permissions.demand(role, definition.name, { action, resources: [source.queueArn] });
  return new EventSourcePoller({
    source,
    queue,
    clock: parts.clock,
    region: parts.region,
    invoke: (event) => functions.invoke(definition, event),
  });
}

function find<Resource extends Named>(resources: Resource[], id: string, kind: string): Resource {
  const found = resources.find(({ logicalId, constructPath, name, arn }) =>
    [logicalId, constructPath, name, arn].includes(id),
  );
  if (!found) throw new Error(`the template has no ${kind} ${id}`);
  return found;
}
