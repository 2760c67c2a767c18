import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { onTestFinished } from "vitest";
import { VirtualClock } from "../../../local/clock.ts";
import type { FunctionHost } from "../../../local/runtime/functions/function-pool.ts";
import { type Runtime, type RuntimeOptions, startRuntime } from "../../../local/runtime/runtime.ts";
import type { Host } from "../../../local/runtime/states/host.ts";
import type { StatesEngine } from "../../../local/runtime/states-host.ts";
import { Store } from "../../../local/store.ts";

type Json = Record<string, unknown>;

/** Where the virtual clocks of the tests begin: a Monday. */
export const monday = Date.UTC(2026, 2, 2, 8);

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-runtime-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A template written by hand together with the bundles of its functions. */
export class Fixture {
  readonly folder: string;
  readonly #resources: Record<string, object> = {};
  readonly #files: Record<string, object> = {};

  constructor(folder = temporaryFolder()) {
    this.folder = folder;
  }

  add(logicalId: string, type: string, properties: Json = {}): this {
    this.#resources[logicalId] = { Type: type, Properties: properties };
    return this;
  }

  /** A function `<id>` whose bundle is `code`, with a role `<id>Role` that may do what the statements say. */
  lambda(id: string, code: string, statements: Json[] = [], properties: Json = {}): this {
    mkdirSync(join(this.folder, `asset.${id}`), { recursive: true });
    writeFileSync(join(this.folder, `asset.${id}`, "index.mjs"), code);
    this.#files[id] = {
      source: { path: `asset.${id}`, packaging: "zip" },
      destinations: { here: { bucketName: "assets", objectKey: `${id}.zip` } },
    };
    this.role(`${id}Role`, statements);
    return this.add(id, "AWS::Lambda::Function", {
      Code: { S3Bucket: "assets", S3Key: `${id}.zip` },
      Handler: "index.handler",
      Role: { "Fn::GetAtt": [`${id}Role`, "Arn"] },
      Runtime: "nodejs24.x",
      ...properties,
    });
  }

  role(id: string, statements: Json[]): this {
    return this.add(id, "AWS::IAM::Role", {
      AssumeRolePolicyDocument: {},
      ...(statements.length > 0
        ? { Policies: [{ PolicyName: "own", PolicyDocument: { Statement: statements } }] }
        : {}),
    });
  }

  template(): object {
    return { Resources: this.#resources };
  }

  assets() {
    return { dir: this.folder, manifest: { files: this.#files } };
  }
}

export function allow(action: string | string[], resource: unknown): Json {
  return { Effect: "Allow", Action: action, Resource: resource };
}

export function arnOf(id: string): Json {
  return { "Fn::GetAtt": [id, "Arn"] };
}

/** A Step Functions engine that only remembers what it is asked. */
export class FakeStates implements StatesEngine {
  readonly calls: { operation: string; input: unknown }[] = [];
  readonly defined: object[] = [];
  host: Host | undefined;
  isResumed = false;

  async handle(operation: string, input: unknown): Promise<object> {
    this.calls.push({ operation, input });
    return {};
  }
  define(machine: object): void {
    this.defined.push(machine);
  }
  resume(): void {
    this.isResumed = true;
  }
  stop(): void {}
}

/** Runs handlers of the test itself, by the functions' logical ids. */
export function inProcess(handlers: Record<string, (event: never) => unknown>): FunctionHost {
  return {
    invoke: async (call) => handlers[call.function.logicalId]?.(call.payload as never),
    stop: async () => {},
  };
}

export type Served = Runtime & { clock: VirtualClock; states: FakeStates; store: Store };

/** Serves a fixture until the test is over. */
export async function serve(
  fixture: Fixture,
  options: Partial<Omit<RuntimeOptions, "clock" | "store" | "states">> & {
    clock?: VirtualClock;
    store?: Store;
  } = {},
): Promise<Served> {
  const clock = options.clock ?? new VirtualClock(monday);
  const store = options.store ?? new Store();
  const states = new FakeStates();
  const runtime = await startRuntime({
    template: fixture.template(),
    assets: fixture.assets(),
    stackName: "Test",
    port: 0,
    awsPort: 0,
    secrets: {},
    onRefusal: () => {},
    ...options,
    clock,
    store,
    states: (host) => {
      states.host = host;
      return states;
    },
  });
  onTestFinished(() => runtime.stop());
  return { ...runtime, clock, states, store };
}

/** SDK clients as a function of that role would have, or those of the operator. */
export function clients(awsUrl: string, roleName = "operator") {
  const settings = {
    endpoint: awsUrl,
    region: "eu-west-1",
    maxAttempts: 1,
    credentials: { accessKeyId: roleName, secretAccessKey: "local", sessionToken: "session" },
  };
  return {
    dynamodb: new DynamoDBClient(settings),
    secrets: new SecretsManagerClient(settings),
    sqs: new SQSClient(settings),
  };
}
