import * as v from "valibot";
import { strictObject } from "../template/parse.ts";
import type { Named, StackReader } from "../template/stack-reader.ts";

const generateShape = strictObject({
  SecretStringTemplate: v.optional(v.string()),
  GenerateStringKey: v.optional(v.string()),
  PasswordLength: v.optional(v.number()),
  ExcludeCharacters: v.optional(v.string()),
  ExcludePunctuation: v.optional(v.boolean()),
});
const secretShape = strictObject({
  Description: v.optional(v.string()),
  SecretString: v.optional(v.string()),
  GenerateSecretString: v.optional(generateShape),
});

/** How CloudFormation makes up the first value of a secret. */
export type GeneratedValue = v.InferOutput<typeof generateShape>;

export type SecretDefinition = Named & {
  description?: string | undefined;
  /** The first value that the template gives. */
  value?: string | undefined;
  generate?: GeneratedValue | undefined;
};

export function readSecrets(reader: StackReader): SecretDefinition[] {
  return reader
    .all("AWS::SecretsManager::Secret", secretShape, ["Name", "KmsKeyId", "Tags"])
    .map(({ resource, properties }) => ({
      ...reader.named(resource),
      description: properties.Description,
      value: properties.SecretString,
      generate: properties.GenerateSecretString,
    }));
}
