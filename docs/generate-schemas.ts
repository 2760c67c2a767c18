import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { Actions } from "../src/actions/action-rules.ts";
import { Catalog } from "../src/catalog/catalog.ts";
import { PolicyFile } from "../src/policy/policy.ts";
import { Site } from "../src/policy/site.ts";

/** The JSON Schema of each policy file, as text, by its path. Editors find it by the first line of the file. */
export function schemaFiles(): Record<string, string> {
  return {
    [fileOf("site")]: textOf("Latchkey: site.yaml", Site),
    [fileOf("policy")]: textOf("Latchkey: policy.yaml", PolicyFile),
    [fileOf("actions")]: textOf("Latchkey: actions.yaml", Actions),
    [fileOf("catalog")]: textOf("Latchkey: catalog.yaml", Catalog),
  };
}

function fileOf(name: string): string {
  return join(import.meta.dirname, "..", "policy", "schema", `${name}.schema.json`);
}

function textOf(title: string, schema: v.GenericSchema): string {
  const { $schema, ...rest } = toJsonSchema(schema, { typeMode: "input" });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

if (import.meta.main)
  for (const [file, text] of Object.entries(schemaFiles())) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
