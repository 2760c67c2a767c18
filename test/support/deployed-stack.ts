import { isDeepStrictEqual } from "node:util";
import { readAssembly } from "../../local/assembly.ts";
import { Template } from "../../local/runtime/template/template.ts";
import { assemblyFolder } from "./assembly.ts";

/** Tests look into whatever CloudFormation has. */
type Json = ReturnType<typeof JSON.parse>;

/** A resource as CloudFormation would make it; its references are worked out. */
export type Deployed = {
  id: string;
  type: string;
  properties: Record<string, Json>;
  /** What becomes of it when the stack is deleted, or it is replaced. */
  whenDeleted: string | undefined;
  whenReplaced: string | undefined;
};

const region = "eu-west-1";
const account = "123456789012";
const { template, stackName, assets } = readAssembly(assemblyFolder);
const raw = template as {
  Resources: Record<string, { DeletionPolicy?: string; UpdateReplacePolicy?: string }>;
  Outputs: Record<string, { Value: unknown }>;
};
const resolved = new Template(template, {
  region,
  account,
  stackName,
  awsUrl: "https://aws.test",
  apiUrl: "https://api.test",
});

export { stackName };

/** Everything of the stack that is deployed, from the template that was synthesized once for all tests. */
export const deployed: Deployed[] = resolved.resources().map(({ logicalId, type, properties }) => ({
  id: logicalId,
  type,
  properties,
  whenDeleted: raw.Resources[logicalId]?.DeletionPolicy,
  whenReplaced: raw.Resources[logicalId]?.UpdateReplacePolicy,
}));

/** All of a type. There must be some: what is said of none is always true. */
export function all(type: string): Deployed[] {
  const found = deployed.filter((resource) => resource.type === type);
  if (found.length === 0) throw new Error(`the stack has no ${type}`);
  return found;
}

/** The only one of a type. */
export function only(type: string): Deployed {
  const [found, ...more] = all(type);
  if (!found || more.length > 0) throw new Error(`the stack has several ${type}`);
  return found;
}

/** What the stack tells whoever deployed it. */
export function output(name: string): unknown {
  return resolved.resolve(raw.Outputs[name]?.Value, name);
}

/** Files beside the template in the cloud assembly's folder. */
export const assemblyFiles = assets.dir;

/** A name or ARN without what all of the stack's have in common: `table/requests`, `secret:jira-api`, `check-request`, `anchors`. */
export function short(name: string): string {
  return name
    .replace(/^arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d*:/, "")
    .replace(/^(secret:.*)-[0-9a-f]{6}$/, "$1")
    .replace(/-\d{12}-eu-west-1/, "")
    .replace(new RegExp(`${stackName}[-/]`), "");
}

/** The name of the function behind an ARN or name, also of its alias: `check-request`. */
export function functionOf(name: string): string {
  return short(name)
    .replace(/^function:/, "")
    .replace(/:live$/, "");
}

export type Granted = {
  role: string;
  action: string;
  resource: string;
  /** The partition keys that it is limited to, if it is. */
  keys?: string[];
};

const leadingKeys = (condition: Json): string[] | undefined =>
  condition?.["ForAllValues:StringEquals"]?.["dynamodb:LeadingKeys"];

const limitedTo = (keys: string[] | undefined) => ({
  "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": keys },
});

/** The alias of a state machine that a statement is limited to, if it is. IAM has it in the condition, not in the resource. */
const aliasIn = (condition: Json): string | undefined => {
  const [alias] = condition?.["ForAnyValue:StringEquals"]?.["states:StateMachineQualifier"] ?? [];
  return isDeepStrictEqual(condition, limitedToAlias(alias)) ? alias : undefined;
};

const limitedToAlias = (alias: string) => ({
  "ForAnyValue:StringEquals": { "states:StateMachineQualifier": [alias] },
});

/**
 * Every single thing that a role of the stack may do. Anything but an allowance, plain or limited to partition keys or to an alias, is
 * refused.
 */
export const grants: Granted[] = all("AWS::IAM::Policy").flatMap(({ id, properties }) =>
  properties.PolicyDocument.Statement.flatMap((statement: Record<string, string | string[]>) => {
    const { Action = [], Resource = [], Effect, Condition, ...more } = statement;
    const keys = leadingKeys(Condition);
    const alias = aliasIn(Condition);
    if (Condition !== undefined && alias === undefined && !isDeepStrictEqual(Condition, limitedTo(keys)))
      throw new Error(`${id}: ${JSON.stringify(Condition)} is not understood`);
    if (Effect !== "Allow" || Object.keys(more).length > 0)
      throw new Error(`${id}: ${JSON.stringify(statement)} is not understood`);
    return properties.Roles.flatMap((role: string) =>
      [Action].flat().flatMap((action) =>
        [Resource].flat().map((resource) => ({
          role: short(role),
          action,
          resource: alias === undefined ? short(resource) : `${short(resource)}:${alias}`,
          ...(keys ? { keys } : {}),
        })),
      ),
    );
  }),
);
