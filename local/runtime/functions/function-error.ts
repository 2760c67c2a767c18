import { isNativeError } from "node:util/types";

/**
 * What Lambda's Node.js runtime reports for something thrown.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 */
export type ErrorAnswer = { errorType: string; errorMessage: string; trace?: string[] };

/** A function that ran and failed. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  readonly answer: ErrorAnswer;

  constructor(answer: ErrorAnswer) {
    super(`${answer.errorType}: ${answer.errorMessage}`);
    this.answer = answer;
  }
}

export function errorAnswer(thrown: unknown): ErrorAnswer {
  if (!isNativeError(thrown)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? "").split("\n") };
}
