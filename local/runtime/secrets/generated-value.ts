import { randomInt } from "node:crypto";
import * as v from "valibot";
import { record } from "../../json-schemas.ts";
import type { GeneratedValue } from "./secret-definition.ts";

/** A random password as CloudFormation makes one, alone or as a member of a JSON template. */
export function generatedValue(rules: GeneratedValue): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const punctuation = rules.ExcludePunctuation ? "" : "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  const allowed = [...letters, ...punctuation].filter((letter) => !rules.ExcludeCharacters?.includes(letter));
  const password = Array.from(
    { length: rules.PasswordLength ?? 32 },
    () => allowed[randomInt(allowed.length)],
  ).join("");
  if (rules.SecretStringTemplate === undefined || rules.GenerateStringKey === undefined) return password;
  const template = v.parse(record(v.unknown()), JSON.parse(rules.SecretStringTemplate));
  return JSON.stringify({ ...template, [rules.GenerateStringKey]: password });
}
