import * as z from "zod/mini";
import type { Named, StackReader } from "../template/stack-reader.ts";

const generateShape = z.strictObject({
  SecretStringTemplate: z.optional(z.string()),
  GenerateStringKey: z.optional(z.string()),
  PasswordLength: z.optional(z.number()),
  ExcludeCharacters: z.optional(z.string()),
  ExcludePunctuation: z.optional(z.boolean()),
});
const secretShape = z.strictObject({
  Description: z.optional(z.string()),
  SecretString: z.optional(z.string()),
  GenerateSecretString: z.optional(generateShape),
});

/** How CloudFormation makes up the first value of a secret. */
export type GeneratedValue = z.infer<typeof generateShape>;

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
