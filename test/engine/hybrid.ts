import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { DescribeStateMachineCommand, ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn";
import { connect } from "../../cli/connection.ts";
import { readAssembly } from "../../local/assembly.ts";
import { type HttpAnswer, type HttpRequest, listen } from "../../local/http.ts";
import { AwsError } from "../../local/runtime/endpoint/aws-error.ts";
import { StatesService } from "../../local/runtime/states/service.ts";
import { openWorld } from "../../local/serve.ts";
import { Store } from "../../local/store.ts";
import { keys, simulatedSecrets } from "../../local/world/company.ts";
import { applyPolicy } from "../../src/policy/apply-policy.ts";
import { atJira } from "../e2e/process.ts";
import { assemblyFolder, resourcesOf } from "../support/assembly.ts";
import { policyWith } from "../support/company-story.ts";
import { type Deployed, deploy, takeAway } from "./deploy.ts";
import { operator, place, startMiniStack } from "./ministack.ts";
import { MiniStackHost } from "./ministack-host.ts";
import { SkippingClock } from "./skipping-clock.ts";

/**
 * The stack on MiniStack, but for Step Functions, which is the local runtime's; between the simulated Jira and JumpCloud. MiniStack
 * has Step Functions of its own, which do not run these definitions.
 */
export type Hybrid = {
  deployed: Deployed;
  clock: SkippingClock;
  /** Where webhooks are taken. */
  webhooks: string;
  connection: ReturnType<typeof connect>;
  jira: ReturnType<typeof atJira>;
  /** A call to JumpCloud with the key that may do everything. */
  atJumpCloud(method: string, path: string, body?: object): Promise<unknown>;
  /** The executions of requests for access, by name. */
  runs(): Promise<Record<string, string>>;
  /** The calls of the stack's roles so far, as MiniStack's own permission check decided on them. */
  checked(): { allowed: Checked[]; refused: Checked[] };
  /** Takes away all rights of a function's role, by the function's name in the template. */
  takeRights(name: string): Promise<void>;
  stop(): Promise<void>;
};

type Checked = { role: string; action: string };

export async function openHybrid(): Promise<Hybrid> {
  const closing: (() => unknown)[] = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return { ...(await open(closing)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function open(closing: (() => unknown)[]): Promise<Omit<Hybrid, "stop">> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-engine-"));
  closing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const skipped = join(folder, "skipped");
  const clock = new SkippingClock(skipped);
  const webhooks = Promise.withResolvers<string>();
  const world = await openWorld({ clock, webhookUrl: webhooks.promise }, closing);

  const engine = Promise.withResolvers<StatesService>();
  const handle = async (request: HttpRequest) => answer(await engine.promise, request);
  const server = await listen({ port: 0, clock, handle, undated: true });
  closing.push(() => server.close());

  const ministack = await startMiniStack({
    folder,
    functions: {
      STEP_FUNCTIONS_URL: server.url,
      NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, "inside-functions.ts")).href}`,
      SKIPPED_TIME_FILE: skipped,
      SIMULATED_ADDRESSES: JSON.stringify(elsewhere(world)),
    },
  });
  closing.push(() => ministack.stop());
  const { url } = ministack;

  const host = new MiniStackHost(url);
  const states = new StatesService({ clock, store: new Store(), host, ...place });
  closing.push(() => states.stop());

  const { stackName } = readAssembly(assemblyFolder);
  const deployed = await deploy(ministack, assemblyFolder, folder);
  const names = resourcesOf("AWS::StepFunctions::StateMachineAlias").map(([, { Name }]) => String(Name));
  const aliases = [...new Set(names)];
  for (const machine of await deployedMachines(url)) states.define({ ...machine, aliases });
  engine.resolve(states);

  const connection = connect({ stage: "local", endpoint: url });
  for (const [name, value] of Object.entries(simulatedSecrets))
    await connection.secrets.send(
      new PutSecretValueCommand({ SecretId: `${stackName}/${name}`, SecretString: JSON.stringify(value) }),
    );
  await applyPolicy(connection, policyWith());
  const physical = (id: string) => {
    const found = deployed.physicalIds.get(id);
    if (found === undefined) throw new Error(`${id} is not deployed`);
    return found;
  };
  const [[api = ""] = []] = resourcesOf("AWS::ApiGatewayV2::Api");
  const base = `${url}/_aws/execute-api/${physical(api)}/$default`;
  webhooks.resolve(base);

  return {
    deployed,
    clock,
    webhooks: base,
    connection,
    jira: atJira(world.jiraUrl),
    atJumpCloud: async (method, path, body) => {
      const headers = { "x-api-key": keys.jumpcloudApiKey, "content-type": "application/json" };
      const answer = await fetch(world.jumpcloudUrl + path, { method, headers, body: JSON.stringify(body) });
      return answer.json();
    },
    runs: async () => {
      const stateMachineArn = `arn:aws:states:${place.region}:${place.account}:stateMachine:${stackName}-access-request`;
      const listed = await states.handle("ListExecutions", { stateMachineArn });
      const { executions } = listed as { executions: { name: string; status: string }[] };
      return Object.fromEntries(executions.map(({ name, status }) => [name, status]));
    },
    checked: () => {
      const roles = new Set(resourcesOf("AWS::IAM::Role").map(([id]) => physical(id)));
      const log = readFileSync(ministack.log, "utf8");
      const those = (lines: RegExp) =>
        [...log.matchAll(lines)].flatMap(([, role = "", action = ""]) =>
          roles.has(role) ? [{ role, action }] : [],
        );
      return {
        allowed: those(/^allowed: \S+:assumed-role\/([^/]+)\S* (\S+)$/gm),
        refused: those(/^refused: \S+:assumed-role\/([^/]+)\S* (\S+)$/gm),
      };
    },
    takeRights: async (name) => {
      const functions = resourcesOf("AWS::Lambda::Function");
      const found = functions.find(([, { FunctionName }]) => FunctionName === `${stackName}-${name}`);
      const role = found?.[1].Role as { "Fn::GetAtt": [string, string] } | undefined;
      for (const [, { Roles, PolicyName }] of resourcesOf("AWS::IAM::Policy"))
        for (const { Ref } of Roles as { Ref: string }[])
          if (Ref === role?.["Fn::GetAtt"][0]) await takeAway(url, physical(Ref), String(PolicyName));
    },
  };
}

/** Where the simulated systems are, by the addresses that the template gives to the functions. */
function elsewhere({
  jiraUrl,
  jumpcloudUrl,
}: {
  jiraUrl: string;
  jumpcloudUrl: string;
}): Record<string, string> {
  const simulated: Record<string, string> = {
    JIRA_TOKEN_URL: `${jiraUrl}/oauth/token`,
    JIRA_URL: jiraUrl,
    JUMPCLOUD_TOKEN_URL: `${jumpcloudUrl}/oauth2/token`,
    JUMPCLOUD_URL: jumpcloudUrl,
  };
  type Environment = { Variables?: Record<string, unknown> };
  const variables = resourcesOf("AWS::Lambda::Function").flatMap(([, { Environment }]) =>
    Object.entries((Environment as Environment | undefined)?.Variables ?? {}),
  );
  return Object.fromEntries(
    Object.entries(simulated).map(([name, address]) => {
      const real = variables.find(([variable]) => variable === name)?.[1];
      if (typeof real !== "string") throw new Error(`no function has ${name}`);
      return [real, address];
    }),
  );
}

/** The state machines as MiniStack's CloudFormation has made them, with its names and ARNs in them. */
async function deployedMachines(url: string) {
  const client = new SFNClient({ endpoint: url, region: place.region, credentials: operator });
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand());
  return Promise.all(
    stateMachines.map(async ({ stateMachineArn }) => {
      const { name, definition, roleArn } = await client.send(
        new DescribeStateMachineCommand({ stateMachineArn }),
      );
      if (!stateMachineArn || !name || !definition || !roleArn)
        throw new Error("a state machine is not whole");
      return { arn: stateMachineArn, name, definition, roleArn };
    }),
  );
}

/** The Step Functions API, as the SDK in the functions calls it. */
async function answer(states: StatesService, { headers, body }: HttpRequest): Promise<HttpAnswer> {
  const [, operation = ""] = headers["x-amz-target"]?.split(".") ?? [];
  const json = { "content-type": "application/x-amz-json-1.0" };
  try {
    return { status: 200, headers: json, body: await states.handle(operation, JSON.parse(body.toString())) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { status: 400, headers: json, body: { __type: error.name, message: error.message } };
  }
}
