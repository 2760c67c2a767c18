declare module "asl-validator" {
  /** @returns what is wrong with the definition; it sets `QueryLanguage` on every state of what it is given */
  export default function validate(definition: object): { isValid: boolean; errors: unknown[] };
}
