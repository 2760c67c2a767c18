import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  ExecutionAlreadyExists,
  InvalidToken,
  ListStateMachinesCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from "@aws-sdk/client-sfn";
import * as v from "valibot";
import { systemClock } from "../src/clock.ts";
import type { HttpClient } from "../src/http/client.ts";
import { JiraCredentials, jiraApi, jiraTokenUrl, jiraUrl } from "../src/jira/jira-api.ts";
import { type JumpCloudCredentials, jumpcloudApi, regions } from "../src/jumpcloud/jumpcloud-api.ts";
import { AnyRequest, Request } from "../src/requests/request.ts";
import { ActionRows } from "../src/storage/action-rows.ts";
import { AllRequests } from "../src/storage/all-requests.ts";
import { AllTrails } from "../src/storage/all-trails.ts";
import { AuditTrails } from "../src/storage/audit.ts";
import { BatchWriter } from "../src/storage/batch-writer.ts";
import { CatalogFindings } from "../src/storage/catalog-findings.ts";
import { StoredGrantSwitch } from "../src/storage/grant-switch.ts";
import { Policies } from "../src/storage/policies.ts";
import { StoredPolicyChanges } from "../src/storage/policy-changes.ts";
import { PolicyVersions } from "../src/storage/policy-versions.ts";
import { Requests } from "../src/storage/requests.ts";
import { Table } from "../src/storage/table.ts";
import { WholeAudit } from "../src/storage/whole-audit.ts";
import { callerIdentity, invoke, openAnchors, start } from "./invoke.ts";

export type ConnectionOptions = {
  /** The stage of the stack, such as `prod`. */
  stage: string;
  /** Where AWS answers; none: AWS itself, with the credentials that the AWS command would use. */
  endpoint?: string;
  region?: string;
  /** Who uses the command, where AWS does not say. */
  as?: string;
};

/** The runtime of `npm start`, unless it was told other ports. */
export const localEndpoint = "http://127.0.0.1:4401";

/** The simulated Jira and JumpCloud of `npm start`, unless it was told other ports. */
const localJira = "http://127.0.0.1:4402";
const localJumpCloud = "http://127.0.0.1:4403";

/** Where AWS is looked for; undefined: at AWS. */
export function endpointOf({ stage, endpoint }: ConnectionOptions): string | undefined {
  return endpoint ?? (stage === "local" ? localEndpoint : undefined);
}

/** What the command reaches in the account, by the names that the stack gives. */
export function connect(options: ConnectionOptions) {
  const { stage, region } = options;
  const url = endpointOf(options);
  const config = {
    ...(region === undefined ? {} : { region }),
    ...(url === undefined
      ? {}
      : {
          endpoint: url,
          region: region ?? "eu-west-1",
          credentials: { accessKeyId: "operator", secretAccessKey: "operator" },
        }),
  };
  const stackName = `latchkey-${stage}`;
  const dynamodb = new DynamoDBClient(config);
  const states = new SFNClient(config);
  const secrets = new SecretsManagerClient(config);
  const table = (name: string) => new Table(dynamodb, `${stackName}-${name}`);
  const policies = new Policies(table("catalog"), systemClock);
  const batches = new BatchWriter(dynamodb, `${stackName}-catalog`, systemClock);
  const lambda = () => ({
    region: dynamodb.config.region,
    credentials: dynamodb.config.credentials,
    endpoint: url,
  });
  return {
    stackName,
    clock: systemClock,
    policies,
    versions: new PolicyVersions(table("catalog"), batches),
    requests: new Requests(table("requests"), systemClock, Request),
    anyRequests: new Requests(table("requests"), systemClock, AnyRequest),
    rows: new ActionRows(table("requests")),
    allRequests: new AllRequests(dynamodb, `${stackName}-requests`),
    findings: new CatalogFindings(table("catalog")),
    grantSwitch: new StoredGrantSwitch(table("catalog")),
    allTrails: new AllTrails(dynamodb, `${stackName}-audit`),
    audit: new AuditTrails(table("audit"), systemClock, async () => (await policies.latest())?.version),
    wholeAudit: new WholeAudit(dynamodb, { audit: `${stackName}-audit`, requests: `${stackName}-requests` }),
    anchors: () => openAnchors(lambda(), stackName),
    secrets,
    /** What the stack's own account in Jira signs in with. */
    async jiraCredentials(): Promise<JiraCredentials> {
      const secret = new GetSecretValueCommand({ SecretId: `${stackName}/jira-api` });
      const { SecretString = "" } = await secrets.send(secret);
      return v.parse(JiraCredentials, JSON.parse(SecretString));
    },
    /** @param url where Jira answers, if not at Atlassian, nor at the simulated site of the local runtime */
    jira: (site: Parameters<typeof jiraUrl>[0], credentials: JiraCredentials, url?: string): HttpClient =>
      jiraApi(
        {
          api: url ?? (stage === "local" ? localJira : jiraUrl(site)),
          token: url === undefined && stage !== "local" ? jiraTokenUrl : `${url ?? localJira}/oauth/token`,
        },
        { read: async () => credentials, renew: async () => false },
        systemClock,
      ),
    /** @param url where JumpCloud answers, if not at its own hosts, nor at the simulated one of the local runtime */
    jumpcloud: (
      { region: place, organization }: { region: keyof typeof regions; organization: string },
      credentials: JumpCloudCredentials,
      url?: string,
    ): HttpClient => {
      const own = url ?? (stage === "local" ? localJumpCloud : undefined);
      return jumpcloudApi(
        own === undefined ? regions[place] : { api: own, token: `${own}/oauth2/token` },
        async () => organization,
        { read: async () => credentials, renew: async () => false },
        { next: async () => {}, slowDown: async () => {} },
        systemClock,
      );
    },
    /** Who uses the command: the AWS identity, or a name where there is no AWS. */
    person: async (): Promise<string> =>
      url === undefined ? callerIdentity(lambda()) : (options.as ?? "operator"),
    policyChanges: new StoredPolicyChanges(table("catalog")),
    /** Calls one of the stack's functions, and gives its answer. */
    invoke: (name: string, event: object): Promise<unknown> =>
      invoke(lambda(), `${stackName}-${name}`, event),
    /** Has one of the stack's functions called, without waiting for it. */
    start: (name: string, event: object): Promise<void> => start(lambda(), `${stackName}-${name}`, event),
    workflow: {
      async start(run: { name: string; requestId: string; kind: "access" | "actions" }): Promise<boolean> {
        const { name, requestId, kind } = run;
        const machine = kind === "access" ? "access-request" : "directory-action";
        const stateMachineArn = `${await findStateMachine(states, `${stackName}-${machine}`)}:live`;
        const input = JSON.stringify({ requestId });
        const start = new StartExecutionCommand({ stateMachineArn, name, input });
        return unless([ExecutionAlreadyExists], states.send(start));
      },
      succeed(taskToken: string, output: { outcome: string }): Promise<boolean> {
        const answer = new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) });
        return unless([TaskTimedOut, TaskDoesNotExist, InvalidToken], states.send(answer));
      },
    },
  };
}

/** True when the call went through, false when it met one of the expected errors. */
async function unless(expected: (new (options: never) => Error)[], call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (expected.some((kind) => error instanceof kind)) return false;
    throw error;
  }
}

export type Connection = ReturnType<typeof connect>;

async function findStateMachine(states: SFNClient, name: string): Promise<string> {
  let nextToken: string | undefined;
  do {
    const page = await states.send(new ListStateMachinesCommand({ ...(nextToken ? { nextToken } : {}) }));
    const found = page.stateMachines?.find((machine) => machine.name === name);
    if (found?.stateMachineArn) return found.stateMachineArn;
    nextToken = page.nextToken;
  } while (nextToken);
  throw new Error(`There is no state machine ${name}.`);
}
