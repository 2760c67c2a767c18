import { readFileSync } from "node:fs";
import * as v from "valibot";
import { object, record } from "../json-schemas.ts";
import type { Role } from "./permissions/permissions.ts";
import { strictObject, TemplateError } from "./template/parse.ts";
import type { Named, StackReader } from "./template/stack-reader.ts";

/** A state machine; `definition` is the text of its Amazon States Language document, substitutions made. */
export type StateMachineDefinition = Named & { definition: string; roleArn: string };

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
      return {
        ...reader.named(resource),
        roleArn: properties.RoleArn,
        definition: text.replace(/\$\{([^}]+)\}/g, (whole, name: string) =>
          Object.hasOwn(DefinitionSubstitutions, name) ? String(DefinitionSubstitutions[name]) : whole,
        ),
      };
    });
}
