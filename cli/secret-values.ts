import { readFileSync } from "node:fs";
import * as v from "valibot";
import { JiraCredentials } from "../src/jira/jira-api.ts";
import { JumpCloudCredentials } from "../src/jumpcloud/jumpcloud-api.ts";
import { parseWebhookSecret } from "../src/webhooks/webhook-secret.ts";

/** The stack's secrets, and what makes sure that a value can be used before it is put there. */
const shapes: Record<string, (value: unknown) => unknown> = {
  "jira-webhook": parseWebhookSecret,
  "jira-api": (value) => parse(JiraCredentials, value),
  "jumpcloud-read": (value) => parse(JumpCloudCredentials, value),
  "jumpcloud-write": (value) => parse(JumpCloudCredentials, value),
};

export const secretNames = Object.keys(shapes);

/**
 * The value as it will be stored.
 *
 * @throws Error that says what is expected, and nothing of the value
 */
export function checkSecret(name: string, value: unknown): unknown {
  const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
  if (!shape) throw new Error(`There is no secret “${name}”; there are ${secretNames.join(", ")}.`);
  try {
    return shape(value);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`This value cannot be used for ${name}: ${why}.`, { cause: error });
  }
}

/**
 * Reads a file of secrets.
 *
 * @param file a path, or a file descriptor
 * @throws Error that says nothing of the content, as the parser's own would
 */
export function readSecretFile(file: string | number): unknown {
  const name = typeof file === "number" ? "standard input" : file;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? `: ${String(error.code)}` : "";
    throw new Error(`${name} cannot be read${code}.`, { cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw new Error(`${name} is not JSON.`);
  }
}

function parse(schema: v.GenericSchema, value: unknown): unknown {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => {
    const path = v.getDotPath(issue);
    const isMissing = issue.type === "object" && issue.input === undefined;
    return `${path === null ? "" : `${path}: `}${isMissing ? "missing" : `expected ${issue.expected ?? issue.message}`}`;
  });
  throw new Error(problems.join("; "));
}
