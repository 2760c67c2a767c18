import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { describe } from "vitest";
import { parse as parseYaml } from "yaml";

/**
 * The vendors' OpenAPI documents, for tests that hold our simulators and clients against them. They are not part of
 * the project: a test that needs them is skipped, visibly, where they are not.
 */
const folder = process.env.VENDOR_DOCUMENTS ?? join(import.meta.dirname, "../../../shared/specs");

export const describeWithVendorDocuments = describe.skipIf(!existsSync(folder));

/** Another file that came with the documents, parsed. */
export function vendorJson(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), "utf8"));
}

/** One call and its answer, as seen on the wire. Bodies are parsed JSON, or undefined when empty; no status, no answer. */
export type RecordedCall = {
  method: string;
  path: string;
  query?: Record<string, string>;
  request?: unknown;
  status?: number;
  answer?: unknown;
};

type Parameter = { $ref?: string; name: string; in: string; required?: boolean; schema?: object };
type Operation = {
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { schema?: object }> };
  responses: Record<string, { schema?: object; content?: Record<string, { schema?: object }> }>;
};
type Document = {
  basePath?: string;
  servers?: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
};

/** An OpenAPI document, version 2 or 3, as JSON or YAML. */
export class VendorDocument {
  readonly #document: Document;
  readonly #base: string;
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false, allErrors: true });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(file: string) {
    const text = readFileSync(join(folder, file), "utf8");
    this.#document = file.endsWith(".json") ? JSON.parse(text) : parseYaml(text);
    const server = this.#document.servers?.[0]?.url;
    const base = this.#document.basePath ?? (server?.startsWith("http") ? new URL(server).pathname : "");
    this.#base = base.replace(/\/$/, "");
    this.#ajv.addSchema(this.#document, "document");
  }

  /** Whether the document describes the operation; some documents have paths without any. */
  describes(call: RecordedCall): boolean {
    const template = this.#template(call);
    return template !== undefined && call.method.toLowerCase() in (this.#document.paths[template] ?? {});
  }

  /** What in the call the document does not allow; an operation, parameter or status that it does not name included. */
  problems(call: RecordedCall): string[] {
    const where = `${call.method} ${call.path}`;
    const template = this.#template(call);
    if (!template) return [`${where}: not in the document`];
    const method = call.method.toLowerCase();
    const operation = this.#document.paths[template]?.[method];
    if (!operation) return [`${where}: method not in the document`];

    const pointer = ["paths", template, method];
    const problems: string[] = [];
    const parameters = (operation.parameters ?? []).map((parameter) => this.#resolved(parameter));
    const named = parameters.filter((parameter) => parameter.in === "query");
    for (const name of Object.keys(call.query ?? {}))
      if (!named.some((parameter) => parameter.name === name))
        problems.push(`${where}: unknown query "${name}"`);
    for (const { name, required } of named)
      if (required && call.query?.[name] === undefined) problems.push(`${where}: query "${name}" is missing`);

    if (call.request !== undefined) {
      const index = parameters.findIndex((parameter) => parameter.in === "body");
      if (index >= 0) {
        problems.push(
          ...this.#check([...pointer, "parameters", String(index), "schema"], call.request, where),
        );
      } else if (operation.requestBody?.content?.["application/json"]?.schema) {
        const schema = [...pointer, "requestBody", "content", "application/json", "schema"];
        problems.push(...this.#check(schema, call.request, `${where} (body)`));
      }
    }

    const response = operation.responses[String(call.status)];
    if (!response) return [...problems, `${where}: status ${call.status} is not in the document`];
    const at = [...pointer, "responses", String(call.status)];
    if (call.answer !== undefined && response.schema)
      problems.push(...this.#check([...at, "schema"], call.answer, `${where} (answer)`));
    if (call.answer !== undefined && response.content?.["application/json"]?.schema) {
      const schema = [...at, "content", "application/json", "schema"];
      problems.push(...this.#check(schema, call.answer, `${where} (answer)`));
    }
    return problems;
  }

  #resolved(parameter: Parameter): Parameter {
    if (!parameter.$ref) return parameter;
    let found: unknown = this.#document;
    for (const name of parameter.$ref.split("/").slice(1)) found = (found as Record<string, unknown>)[name];
    return found as Parameter;
  }

  #template(call: RecordedCall): string | undefined {
    if (!call.path.startsWith(`${this.#base}/`)) return undefined;
    const path = call.path.slice(this.#base.length);
    const asked = path.split("/");
    const fits = (template: string) => {
      const segments = template.split("/");
      return (
        segments.length === asked.length &&
        segments.every((segment, index) => segment.startsWith("{") || segment === asked[index])
      );
    };
    return Object.keys(this.#document.paths)
      .filter(fits)
      .sort((a, b) => a.split("{").length - b.split("{").length)[0];
  }

  #check(pointer: string[], value: unknown, where: string): string[] {
    const ref = `document#/${pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;
    let validate = this.#compiled.get(ref);
    if (!validate) {
      validate = this.#ajv.compile({ $ref: ref });
      this.#compiled.set(ref, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${where}: ${error.instancePath || "/"} ${error.message}`);
  }
}
