import * as v from "valibot";
import { object } from "../../json-schemas.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import { checkInput } from "../endpoint/check-input.ts";
import type { Service } from "../endpoint/service.ts";
import type { BackgroundInvocations } from "./background-invocations.ts";
import { FunctionError } from "./function-error.ts";
import type { Functions } from "./functions.ts";

const inputShape = object({
  FunctionName: v.string(),
  InvocationType: v.picklist(["RequestResponse", "Event", "DryRun"]),
  Payload: v.unknown(),
});

/** Lambda's Invoke call. Log tails and client contexts are not served. */
export class LambdaApi implements Service {
  readonly #functions: Functions;
  readonly #background: BackgroundInvocations;

  constructor(functions: Functions, background: BackgroundInvocations) {
    this.#functions = functions;
    this.#background = background;
  }

  async handle(operation: string, input: unknown): Promise<object> {
    if (operation !== "Invoke")
      throw new AwsError("UnknownOperationException", `${operation}: the local Lambda does not know it`);
    const { FunctionName, InvocationType, Payload } = checkInput(inputShape, input);
    const definition = this.#functions.find(FunctionName);
    if (InvocationType === "DryRun") return { StatusCode: 204 };
    if (InvocationType === "Event") {
      this.#background.add(FunctionName, Payload);
      return { StatusCode: 202 };
    }
    try {
      return { StatusCode: 200, Payload: await this.#functions.invoke(definition, Payload) };
    } catch (error) {
      if (error instanceof FunctionError)
        return { StatusCode: 200, FunctionError: "Unhandled", Payload: error.answer };
      throw error;
    }
  }
}
