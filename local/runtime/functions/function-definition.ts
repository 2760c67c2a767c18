import * as v from "valibot";
import { object, record } from "../../json-schemas.ts";
import type { Role } from "../permissions/permissions.ts";
import { strictObject, TemplateError } from "../template/parse.ts";
import type { Named, StackReader } from "../template/stack-reader.ts";
import type { Place } from "../template/template.ts";

export type FunctionDefinition = Named & {
  roleName: string;
  roleArn: string;
  /** Folder with the function's bundle. */
  folder: string;
  /** `<file>.<export>` */
  handler: string;
  /** The whole environment: Lambda's own variables and the role's credentials too. */
  environment: Record<string, string>;
  memoryMegabytes: number;
  timeoutSeconds: number;
  /** ReservedConcurrentExecutions. */
  concurrency?: number;
  logGroupName: string;
  /** Numbers of versions, and names of aliases, by which it can be called; all are what the template has. */
  qualifiers: string[];
};

const functionShape = strictObject({
  Code: strictObject({ S3Bucket: v.string(), S3Key: v.string() }),
  Environment: v.optional(
    strictObject({
      Variables: v.optional(record(v.union([v.string(), v.number(), v.boolean()]))),
    }),
  ),
  Handler: v.string(),
  LoggingConfig: v.optional(object({ LogGroup: v.optional(v.string()) })),
  MemorySize: v.optional(v.number()),
  ReservedConcurrentExecutions: v.optional(v.number()),
  Role: v.string(),
  Runtime: v.string(),
  Timeout: v.optional(v.number()),
});
const withoutEffect = [
  "Architectures",
  "Description",
  "EphemeralStorage",
  "FunctionName",
  "KmsKeyArn",
  "PackageType",
  "RecursiveLoop",
  "RuntimeManagementConfig",
  "SnapStart",
  "Tags",
  "TracingConfig",
];

/** @param overrides environment variables by function name that win over the template's */
export function readFunctions(
  reader: StackReader,
  roles: Role[],
  overrides: (functionName: string) => Record<string, string>,
): FunctionDefinition[] {
  const qualifiers = readQualifiers(reader);
  return reader
    .all("AWS::Lambda::Function", functionShape, withoutEffect)
    .map(({ resource, properties }): FunctionDefinition => {
      const { logicalId } = resource;
      const own = reader.named(resource, "Arn");
      const role = roles.find(({ arn }) => arn === properties.Role);
      if (!role) throw new TemplateError(`${logicalId}: the template has no role ${properties.Role}`);
      if (!properties.Runtime.startsWith("nodejs"))
        throw new TemplateError(`${logicalId}: only Node.js functions are served, not ${properties.Runtime}`);
      const concurrency = properties.ReservedConcurrentExecutions;
      const definition = {
        ...own,
        roleName: role.name,
        roleArn: role.arn,
        folder: reader.file(properties.Code.S3Key, logicalId),
        handler: properties.Handler,
        memoryMegabytes: properties.MemorySize ?? 128,
        timeoutSeconds: properties.Timeout ?? 3,
        logGroupName: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${own.name}`,
        qualifiers: qualifiers.get(own.arn) ?? [],
        ...(concurrency === undefined ? {} : { concurrency }),
      };
      const variables = properties.Environment?.Variables ?? {};
      checkVariables(variables, logicalId);
      const environment = {
        ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)])),
        ...ownVariables(definition, properties.Runtime, reader.place),
        ...overrides(own.name),
      };
      return { ...definition, environment };
    });
}

/**
 * What Lambda itself puts into the environment, and where its SDK clients find the local AWS endpoint.
 * The access key is the role's name, which is how the endpoint knows who calls; the session token is the function's name.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
function ownVariables(
  definition: Omit<FunctionDefinition, "environment">,
  runtime: string,
  place: Place,
): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: definition.roleName,
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: definition.name,
    AWS_ENDPOINT_URL: place.awsUrl,
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
    LAMBDA_TASK_ROOT: definition.folder,
    LANG: "en_US.UTF-8",
    PATH: "/usr/local/bin:/usr/bin:/bin",
    TZ: ":UTC",
    _HANDLER: definition.handler,
  };
}

/** Refuses what Lambda refuses: its own names, and more than 4 KB. */
function checkVariables(variables: Record<string, unknown>, logicalId: string): void {
  const reserved =
    /^(_|AWS_ACCESS_KEY|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_(FUNCTION|LOG|RUNTIME|INIT)|LAMBDA_(TASK_ROOT|RUNTIME_DIR))/;
  const wrong = Object.keys(variables).find((name) => reserved.test(name));
  if (wrong !== undefined)
    throw new TemplateError(`${logicalId}: the environment variable ${wrong} is Lambda's own`);
  if (Buffer.byteLength(JSON.stringify(variables)) > 4096)
    throw new TemplateError(`${logicalId}: the environment variables are larger than 4 KB together`);
}

const versionShape = strictObject({ FunctionName: v.string() });
// No RoutingConfig: two versions would have to be there at once, and the template has one.
const aliasShape = strictObject({ FunctionName: v.string(), FunctionVersion: v.string(), Name: v.string() });

/** Versions and aliases by the function's ARN. An alias leads to its version at once: how fast it would shift has no effect. */
function readQualifiers(reader: StackReader): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const ignored = ["Description", "CodeSha256"];
  for (const { resource, properties } of reader.all("AWS::Lambda::Version", versionShape, ignored)) {
    const { logicalId } = resource;
    const functionArn = reader.functionArn(properties.FunctionName);
    if (found.has(functionArn))
      throw new TemplateError(
        `${logicalId}: the function has another version, and the template the code of one`,
      );
    found.set(functionArn, [reader.template.attribute(logicalId, "Version")]);
  }
  for (const { resource, properties } of reader.all("AWS::Lambda::Alias", aliasShape, ["Description"])) {
    const qualifiers = found.get(reader.functionArn(properties.FunctionName)) ?? [];
    if (qualifiers[0] !== properties.FunctionVersion)
      throw new TemplateError(
        `${resource.logicalId}: the template has no version ${properties.FunctionVersion} of it`,
      );
    qualifiers.push(properties.Name);
  }
  return found;
}

/** What the resource policy of a function lets a service do. */
export type InvokePermission = { functionArn: string; principal: string; sourceArn?: string | undefined };

const permissionShape = strictObject({
  Action: v.literal("lambda:InvokeFunction"),
  FunctionName: v.string(),
  Principal: v.string(),
  SourceArn: v.optional(v.string()),
});

export function readInvokePermissions(reader: StackReader): InvokePermission[] {
  return reader.all("AWS::Lambda::Permission", permissionShape, ["SourceAccount"]).map(({ properties }) => ({
    functionArn: reader.functionArn(properties.FunctionName),
    principal: properties.Principal,
    sourceArn: properties.SourceArn,
  }));
}

/** How a function is called when nobody waits for its answer. */
export type BackgroundSettings = {
  /** As it is called: with the alias or version, if there is one. */
  functionArn: string;
  retries: number;
  failureQueueArn?: string | undefined;
};

// A maximum event age is refused: events wait only for their retries, which take three minutes.
const invokeConfigShape = strictObject({
  DestinationConfig: v.optional(
    strictObject({ OnFailure: v.optional(strictObject({ Destination: v.string() })) }),
  ),
  FunctionName: v.string(),
  MaximumRetryAttempts: v.optional(v.number()),
  Qualifier: v.string(),
});

export function readBackgroundSettings(reader: StackReader, queueArns: string[]): BackgroundSettings[] {
  return reader.all("AWS::Lambda::EventInvokeConfig", invokeConfigShape).map(({ resource, properties }) => {
    const destination = properties.DestinationConfig?.OnFailure?.Destination;
    if (destination !== undefined && !queueArns.includes(destination))
      throw new TemplateError(
        `${resource.logicalId}: only queues of the template can be failure destinations`,
      );
    const functionArn = reader.functionArn(properties.FunctionName);
    const { Qualifier } = properties;
    return {
      functionArn: Qualifier === "$LATEST" ? functionArn : `${functionArn}:${Qualifier}`,
      retries: properties.MaximumRetryAttempts ?? 2,
      failureQueueArn: destination,
    };
  });
}
