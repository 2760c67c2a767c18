import type { LocalClock } from "../../clock.ts";
import type { Permissions, Role } from "../permissions/permissions.ts";
import {
  member,
  type ResourceLookup,
  requiredPermissions,
  type ServiceName,
} from "./required-permissions.ts";
import type { Service } from "./service.ts";

/** Who calls: a role of the stack, or the person at the keyboard, who may do everything. */
export type Caller = { role: Role; session: string } | "operator";

/** One finished AWS call. */
export type AwsCall = {
  /** When it came, milliseconds since 1970. */
  at: number;
  /** Name of the role, or "operator". */
  caller: string;
  service: ServiceName;
  operation: string;
  /** Name or ARN of the table, queue, secret, state machine, execution or function, when the call names one. */
  resource?: string | undefined;
  /** The parsed request in the shape of the wire protocol; values of secrets are in it. */
  input: unknown;
  /** Length of input and answer as JSON. */
  bytesIn: number;
  bytesOut: number;
  /** "ok", or the error's name. */
  outcome: string;
};

/** All AWS services of the runtime behind one permission check, for calls over HTTP and for those of state machines. */
export class AwsServices {
  readonly #clock: LocalClock;
  readonly #services: Record<ServiceName, Service>;
  readonly #permissions: Permissions;
  readonly #lookup: ResourceLookup;
  readonly #onCall: (call: AwsCall) => void;

  constructor(options: {
    clock: LocalClock;
    services: Record<ServiceName, Service>;
    permissions: Permissions;
    lookup: ResourceLookup;
    onCall?: ((call: AwsCall) => void) | undefined;
  }) {
    this.#clock = options.clock;
    this.#services = options.services;
    this.#permissions = options.permissions;
    this.#lookup = options.lookup;
    this.#onCall = options.onCall ?? (() => {});
  }

  /** Throws AccessDeniedException, or what the service throws. */
  async call(caller: Caller, service: ServiceName, operation: string, input: unknown): Promise<object> {
    const name = caller === "operator" ? caller : caller.role.name;
    const call = {
      at: this.#clock.now(),
      caller: name,
      service,
      operation,
      resource: resourceIn(input),
      input,
      bytesIn: bytesOf(input),
    };
    try {
      if (caller !== "operator")
        for (const question of requiredPermissions(service, operation, input, this.#lookup))
          this.#permissions.demand(caller.role, caller.session, question);
      const answer = await this.#services[service].handle(operation, input, name);
      this.#onCall({ ...call, bytesOut: bytesOf(answer), outcome: "ok" });
      return answer;
    } catch (error) {
      this.#onCall({ ...call, bytesOut: 0, outcome: error instanceof Error ? error.name : "Error" });
      throw error;
    }
  }
}

function resourceIn(input: unknown): string | undefined {
  const names = [
    "TableName",
    "QueueUrl",
    "QueueName",
    "SecretId",
    "stateMachineArn",
    "executionArn",
    "FunctionName",
    "Bucket",
  ];
  const found = names.map((name) => member(input, name)).find((value) => value !== undefined);
  return found?.includes("://") ? found.split("/").at(-1) : found;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}
