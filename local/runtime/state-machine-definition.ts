import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import type { Role } from "./permissions/permissions.ts";
import { TemplateError } from "./template/parse.ts";
import type { Named, StackReader } from "./template/stack-reader.ts";

/** A state machine; `definition` is the text of its Amazon States Language document, substitutions made. */
export type StateMachineDefinition = Named & { definition: string; roleArn: string };

const stateMachineShape = z.strictObject({
  Definition: z.optional(z.record(z.string(), z.unknown())),
  DefinitionS3Location: z.optional(z.object({ Key: z.string() })),
  DefinitionString: z.optional(z.string()),
  DefinitionSubstitutions: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  RoleArn: z.string(),
  StateMachineType: z.optional(z.literal("STANDARD")),
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
