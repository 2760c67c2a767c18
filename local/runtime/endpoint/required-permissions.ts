import type { TableDefinition } from "../database/table-definition.ts";
import type { Question } from "../permissions/permissions.ts";
import { leadingKeys, tablesIn } from "./table-access.ts";

export type ServiceName = "dynamodb" | "lambda" | "s3" | "secretsmanager" | "sfn" | "sqs";

export type ResourceLookup = {
  place: { region: string; account: string };
  tables: TableDefinition[];
  stateMachineArns: string[];
  /** The ARN of the secret that a name, ARN or partial ARN means. */
  secretArn: (id: string) => string | undefined;
};

/**
 * The IAM actions and resources that a call needs. A call that names no resource needs "*".
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function requiredPermissions(
  service: ServiceName,
  operation: string,
  input: unknown,
  lookup: ResourceLookup,
): Question[] {
  const { region, account } = lookup.place;
  const arn = (name: string, resource: string) => `arn:aws:${name}:${region}:${account}:${resource}`;
  const given = (name: string) => member(input, name);
  const anyOf = (action: string, resources: (string | undefined)[]): Question[] => {
    const known = resources.filter((resource) => resource !== undefined);
    return [{ action, resources: known.length > 0 ? known : ["*"] }];
  };
  switch (service) {
    case "dynamodb": {
      // The local database refuses transactions; which permissions they need does not matter.
      if (operation.startsWith("Transact")) return [];
      const index = given("IndexName");
      const questions = tablesIn(input).map((table): Question => {
        const resource = arn("dynamodb", `table/${table}${index === undefined ? "" : `/index/${index}`}`);
        const definition = lookup.tables.find(({ name }) => name === table);
        const keys = definition && leadingKeys(operation, input, definition);
        return {
          action: `dynamodb:${operation}`,
          resources: [resource],
          ...(keys && { keys: { "dynamodb:LeadingKeys": keys } }),
        };
      });
      return questions.length > 0 ? questions : anyOf(`dynamodb:${operation}`, []);
    }
    case "sqs": {
      const name = given("QueueUrl")?.split("/").at(-1) ?? given("QueueName");
      const resource = given("SourceArn") ?? (name === undefined ? undefined : arn("sqs", name));
      return anyOf(`sqs:${operation.replace(/Batch$/, "")}`, [resource]);
    }
    case "secretsmanager": {
      const id = given("SecretId") ?? given("Name");
      const unknown =
        id === undefined || id.startsWith("arn:") ? id : arn("secretsmanager", `secret:${id}-??????`);
      return anyOf(`secretsmanager:${operation}`, [
        id === undefined ? undefined : (lookup.secretArn(id) ?? unknown),
      ]);
    }
    case "sfn": {
      // The policy names the state machine, the call only the token; whose token it is only the engine knows.
      if (operation.startsWith("SendTask")) return anyOf(`states:${operation}`, lookup.stateMachineArns);
      const named = given("executionArn") ?? given("stateMachineArn") ?? given("resourceArn");
      // IAM knows no versions and aliases: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
      const [, machine, qualifier] = /^(.*:stateMachine:[^:]+):([^:]+)$/.exec(named ?? "") ?? [];
      return anyOf(`states:${operation}`, [machine ?? named]).map((question) => ({
        ...question,
        ...(qualifier === undefined ? {} : { keys: { "states:StateMachineQualifier": [qualifier] } }),
      }));
    }
    case "s3": {
      const [bucket = "", key] = [given("Bucket"), given("Key")];
      const ofVersion = given("VersionId") === undefined ? "" : "Version";
      return key === undefined
        ? [{ action: "s3:ListBucketVersions", resources: [`arn:aws:s3:::${bucket}`] }]
        : [{ action: `s3:${operation}${ofVersion}`, resources: [`arn:aws:s3:::${bucket}/${key}`] }];
    }
    case "lambda": {
      const name = given("FunctionName")
        ?.replace(/:\$LATEST$/, "")
        .replace(/^.*:function:/, "");
      return anyOf("lambda:InvokeFunction", [
        name === undefined ? undefined : arn("lambda", `function:${name}`),
      ]);
    }
  }
}

/** A member of the call's input that is text. */
export function member(input: unknown, name: string): string | undefined {
  if (typeof input !== "object" || input === null || !Object.hasOwn(input, name)) return undefined;
  const value: unknown = Object.getOwnPropertyDescriptor(input, name)?.value;
  return typeof value === "string" ? value : undefined;
}
