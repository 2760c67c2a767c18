import { AwsError } from "./endpoint/aws-error.ts";
import type { AwsServices } from "./endpoint/services.ts";
import { FunctionError } from "./functions/function-error.ts";
import type { Functions } from "./functions/functions.ts";
import type { Permissions } from "./permissions/permissions.ts";
import { type Host, TaskFailure } from "./states/host.ts";

/** A Step Functions engine, which serves the API and runs the template's state machines. */
export type StatesEngine = {
  /** Refuses with `AwsError`. */
  handle(operation: string, input: unknown): Promise<object>;
  /** Registers a state machine of the template, or its new definition. */
  define(machine: {
    arn: string;
    name: string;
    definition: string;
    roleArn: string;
    /** Names that lead to this definition: it is published as a version. */
    aliases: string[];
  }): void;
  /** Goes on with the executions that were running when the process ended. */
  resume(): void;
  stop(): void;
};

/**
 * Does what state machines ask for, checked against their roles. The template's machines have roles of the template; a machine
 * that somebody made by hand with any other role may do what its maker may: everything.
 */
export class RoleCheckedHost implements Host {
  readonly #permissions: Permissions;
  readonly #functions: Functions;
  readonly #services: () => AwsServices;

  /** @param options.services comes later, because the services contain the engine */
  constructor(options: { permissions: Permissions; functions: Functions; services: () => AwsServices }) {
    this.#permissions = options.permissions;
    this.#functions = options.functions;
    this.#services = options.services;
  }

  async invokeFunction(call: Parameters<Host["invokeFunction"]>[0]): Promise<unknown> {
    const { functionArn, payload, roleArn, signal } = call;
    try {
      const question = { action: "lambda:InvokeFunction", resources: [functionArn] };
      const role = this.#permissions.role(roleArn);
      if (role) this.#permissions.demand(role, "states", question);
      return await this.#functions.invoke(this.#functions.find(functionArn), payload, signal);
    } catch (error) {
      if (error instanceof FunctionError)
        throw new TaskFailure(error.answer.errorType, JSON.stringify(error.answer));
      if (!(error instanceof AwsError)) throw error;
      // Step Functions has a name of its own for what IAM refuses.
      if (error.name === "AccessDeniedException")
        throw new TaskFailure(
          "Lambda.AWSLambdaException",
          `${error.message} (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException)`,
        );
      throw new TaskFailure(`Lambda.${error.name}`, error.message);
    }
  }

  async call(call: Parameters<Host["call"]>[0]): Promise<unknown> {
    const role = this.#permissions.role(call.roleArn);
    const caller = role ? { role, session: "states" } : "operator";
    return this.#services().call(caller, call.service, call.operation, call.input);
  }
}
