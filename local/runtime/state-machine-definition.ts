import { readFileSync } from "node:fs";
import * as v from "valibot";
import { object, record } from "../json-schemas.ts";
import type { Role } from "./permissions/permissions.ts";
import { strictObject, TemplateError } from "./template/parse.ts";
import type { Named, StackReader } from "./template/stack-reader.ts";

/**
 * A state machine; `definition` is the text of its Amazon States Language document, substitutions made. `aliases` lead to the version
 * that the template publishes.
 */
export type StateMachineDefinition = Named & { definition: string; roleArn: string; aliases: string[] };

const stateMachineShape = strictObject({
  Definition: v.optional(record(v.unknown())),
  DefinitionS3Location: v.optional(object({ Key: v.string() })),
  DefinitionString: v.optional(v.string()),
  DefinitionSubstitutions: v.optional(record(v.union([v.string(), v.number(), v.boolean()]))),
  RoleArn: v.string(),
  StateMachineType: v.optional(v.literal("STANDARD")),
});
const withoutEffect = [
  "EncryptionConfiguration",
  "LoggingConfiguration",
  "StateMachineName",
  "Tags",
  "TracingConfiguration",
];

export function readStateMachines(reader: StackReader, roles: Role[]): StateMachineDefinition[] {
  const aliases = readAliases(reader);
  return reader
    .all("AWS::StepFunctions::StateMachine", stateMachineShape, withoutEffect)
    .map(({ resource, properties }) => {
      const { logicalId } = resource;
      const { Definition, DefinitionS3Location, DefinitionString, DefinitionSubstitutions = {} } = properties;
      const text =
        DefinitionString ??
        (Definition && JSON.stringify(Definition)) ??
        (DefinitionS3Location && readFileSync(reader.file(DefinitionS3Location.Key, logicalId), "utf8"));
      if (text === undefined) throw new TemplateError(`${logicalId}: it has no definition`);
      if (!roles.some((role) => role.arn === properties.RoleArn))
        throw new TemplateError(`${logicalId}: the template has no role ${properties.RoleArn}`);
      const own = reader.named(resource);
      return {
        ...own,
        aliases: aliases.get(own.arn) ?? [],
        roleArn: properties.RoleArn,
        definition: text.replace(/\$\{([^}]+)\}/g, (whole, name: string) =>
          Object.hasOwn(DefinitionSubstitutions, name) ? String(DefinitionSubstitutions[name]) : whole,
        ),
      };
    });
}

const versionShape = strictObject({ StateMachineArn: v.string() });
// No RoutingConfiguration: two versions would have to be there at once, and the template has one.
const aliasShape = strictObject({
  DeploymentPreference: object({ StateMachineVersionArn: v.string() }),
  Name: v.string(),
});

/** Names of aliases by the state machine's ARN. An alias leads to the new version at once: how fast it would shift has no effect. */
function readAliases(reader: StackReader): Map<string, string[]> {
  const ignored = ["Description", "StateMachineRevisionId"];
  const versions = new Map(
    reader
      .all("AWS::StepFunctions::StateMachineVersion", versionShape, ignored)
      .map(({ resource, properties }) => [reader.named(resource).arn, properties.StateMachineArn]),
  );
  const aliases = reader
    .all("AWS::StepFunctions::StateMachineAlias", aliasShape, ["Description"])
    .map(({ resource, properties }) => {
      const machineArn = versions.get(properties.DeploymentPreference.StateMachineVersionArn);
      if (machineArn === undefined)
        throw new TemplateError(`${resource.logicalId}: the version must be one of the template`);
      return { machineArn, name: properties.Name };
    });
  return new Map(
    [...Map.groupBy(aliases, ({ machineArn }) => machineArn)].map(([arn, all]) => [
      arn,
      all.map(({ name }) => name),
    ]),
  );
}
