import * as v from "valibot";
import { object, record } from "../../json-schemas.ts";
import { parse, strictObject, TemplateError } from "./parse.ts";
import { nameOf, type ResourceContext, resourceType } from "./resource-types.ts";

/** Where the stack is served. Everything that CloudFormation would decide at deployment is derived from this. */
export type Place = {
  region: string;
  account: string;
  stackName: string;
  /** URL of the local AWS endpoint; queue URLs begin with it. */
  awsUrl: string;
  /** URL of the HTTP API's front door. */
  apiUrl: string;
};

/** A resource whose condition holds. `properties` are resolved. */
export type Resource = {
  logicalId: string;
  type: string;
  properties: Record<string, unknown>;
  /** The construct path without the stack and without `/Resource`, when the template has CDK's metadata. */
  constructPath?: string;
};

const json = record(v.unknown());
const ignored = v.optional(v.unknown());
const templateShape = strictObject({
  AWSTemplateFormatVersion: ignored,
  Description: ignored,
  Metadata: ignored,
  Outputs: ignored,
  Rules: ignored,
  Parameters: v.optional(record(object({ Default: v.optional(v.unknown()) }))),
  Conditions: v.optional(json),
  Resources: record(
    object({
      Type: v.string(),
      Properties: v.optional(json),
      Condition: v.optional(v.string()),
      Metadata: v.optional(json),
    }),
  ),
});

/**
 * A CloudFormation template with its intrinsic functions worked out as CloudFormation would.
 * Throws `TemplateError` for a function, attribute, parameter or resource type that it does not know.
 *
 * Known: Ref, Fn::GetAtt, Fn::Join, Fn::Sub, Fn::Select, Fn::Split, Fn::If and conditions, pseudo parameters,
 * parameters with defaults. Parameter rules (`Rules`) are not checked.
 */
export class Template {
  readonly place: Place;
  readonly #shape: v.InferOutput<typeof templateShape>;
  /** What is being resolved at the moment, to find circles. */
  readonly #open = new Set<string>();

  constructor(template: unknown, place: Place) {
    this.#shape = parse(templateShape, template, "template");
    this.place = place;
    for (const [logicalId, { Type }] of Object.entries(this.#shape.Resources))
      if (!resourceType(Type))
        throw new TemplateError(`${logicalId}: the local runtime does not know the resource type ${Type}`);
  }

  /** Resources that exist in this place, in the template's order. */
  resources(): Resource[] {
    return Object.entries(this.#shape.Resources)
      .filter(([logicalId]) => this.#exists(logicalId))
      .map(([logicalId, { Type, Properties, Metadata }]) => {
        const path = Metadata?.["aws:cdk:path"];
        const properties = this.resolve(Properties ?? {}, logicalId);
        return {
          logicalId,
          type: Type,
          properties: parse(json, properties, logicalId),
          ...(typeof path === "string"
            ? {
                constructPath: path
                  .split("/")
                  .slice(1)
                  .join("/")
                  .replace(/\/Resource$/, ""),
              }
            : {}),
        };
      });
  }

  /** What `Ref` gives for the resource. */
  reference(logicalId: string): string {
    return this.#ref(logicalId, logicalId);
  }

  /** What `Fn::GetAtt` gives for the resource. */
  attribute(logicalId: string, name: string): string {
    return this.#attribute(logicalId, name, logicalId);
  }

  /** The resource's physical name. */
  name(logicalId: string): string {
    return this.#once(`name of ${logicalId}`, () => nameOf(this.#context(logicalId)));
  }

  /** Works out every intrinsic function in `value`. @param path where it stands, for errors */
  resolve(value: unknown, path: string): unknown {
    const resolved = this.#resolve(value, path);
    return resolved === noValue ? undefined : resolved;
  }

  #resolve(value: unknown, path: string): unknown {
    if (typeof value === "string") {
      if (value.includes("{{resolve:"))
        throw new TemplateError(`${path}: dynamic references ({{resolve:…}}) are not known`);
      return value;
    }
    if (Array.isArray(value))
      return value
        .map((item, index) => this.#resolve(item, `${path}[${index}]`))
        .filter((item) => item !== noValue);
    if (typeof value !== "object" || value === null) return value;

    const entries = Object.entries(value);
    const intrinsic = entries.find(([key]) => key === "Ref" || key.startsWith("Fn::"));
    if (intrinsic) {
      if (entries.length > 1)
        throw new TemplateError(`${path}: ${intrinsic[0]} stands beside other keys: ${Object.keys(value)}`);
      return this.#call(intrinsic[0], intrinsic[1], path);
    }
    const resolved = entries.map(([key, item]) => [key, this.#resolve(item, `${path}.${key}`)] as const);
    return Object.fromEntries(resolved.filter(([, item]) => item !== noValue));
  }

  #call(name: string, argument: unknown, path: string): unknown {
    switch (name) {
      case "Ref":
        return this.#ref(this.#string(argument, path, "Ref"), path);
      case "Fn::GetAtt": {
        const parts = typeof argument === "string" ? argument.split(".") : argument;
        const [logicalId = "", ...attribute] = this.#strings(parts, path, name);
        return this.#attribute(logicalId, attribute.join("."), path);
      }
      case "Fn::Join": {
        const [separator, items] = this.#arguments(argument, 2, path, name);
        return this.#strings(this.#resolve(items, path), path, name).join(
          this.#string(separator, path, name),
        );
      }
      case "Fn::Split": {
        const [separator, text] = this.#arguments(argument, 2, path, name);
        return this.#string(this.#resolve(text, path), path, name).split(this.#string(separator, path, name));
      }
      case "Fn::Select": {
        const [index, items] = this.#arguments(argument, 2, path, name);
        const list = this.#resolve(items, path);
        const item: unknown = Array.isArray(list) ? list[Number(this.#resolve(index, path))] : undefined;
        if (item === undefined)
          throw new TemplateError(`${path}: Fn::Select finds nothing at ${String(index)}`);
        return item;
      }
      case "Fn::Sub":
        return this.#sub(argument, path);
      case "Fn::If": {
        const [condition, yes, no] = this.#arguments(argument, 3, path, name);
        return this.#resolve(this.#condition(this.#string(condition, path, name), path) ? yes : no, path);
      }
      default:
        throw new TemplateError(`${path}: the local runtime does not know the function ${name}`);
    }
  }

  #sub(argument: unknown, path: string): string {
    const [text, own] =
      typeof argument === "string" ? [argument] : this.#arguments(argument, 2, path, "Fn::Sub");
    const variables = own === undefined ? {} : parse(json, own, `${path} Fn::Sub`);
    return this.#string(text, path, "Fn::Sub").replace(
      /\$\{(!?)([^}]*)\}/g,
      (_, escaped: string, raw: string) => {
        if (escaped) return `\${${raw}}`;
        const name = raw.trim();
        if (Object.hasOwn(variables, name))
          return this.#string(this.#resolve(variables[name], path), path, "Fn::Sub");
        const [logicalId = "", ...attribute] = name.split(".");
        return attribute.length > 0
          ? this.#attribute(logicalId, attribute.join("."), path)
          : this.#string(this.#ref(logicalId, path), path, "Fn::Sub");
      },
    );
  }

  #ref(name: string, path: string): string {
    const { place } = this;
    switch (name) {
      case "AWS::Region":
        return place.region;
      case "AWS::AccountId":
        return place.account;
      case "AWS::Partition":
        return "aws";
      case "AWS::URLSuffix":
        return "amazonaws.com";
      case "AWS::StackName":
        return place.stackName;
      case "AWS::StackId":
        return `arn:aws:cloudformation:${place.region}:${place.account}:stack/${place.stackName}/local`;
      case "AWS::NoValue":
        return noValue;
    }
    const parameters = this.#shape.Parameters ?? {};
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter) {
      const value = parameter.Default;
      if (typeof value === "string" || typeof value === "number") return String(value);
      throw new TemplateError(`${path}: the parameter ${name} has no default value`);
    }
    const type = this.#typeOf(name, path);
    return this.#once(`Ref of ${name}`, () => type.reference(this.#context(name)));
  }

  #attribute(logicalId: string, attribute: string, path: string): string {
    const type = this.#typeOf(logicalId, path);
    const find = type.attributes[attribute];
    if (!find)
      throw new TemplateError(
        `${path}: the local runtime does not know the attribute ${attribute} of ${logicalId}`,
      );
    return this.#once(`${logicalId}.${attribute}`, () => find(this.#context(logicalId)));
  }

  #typeOf(logicalId: string, path: string) {
    const resource = Object.hasOwn(this.#shape.Resources, logicalId)
      ? this.#shape.Resources[logicalId]
      : undefined;
    const type = resource && resourceType(resource.Type);
    if (!type || !this.#exists(logicalId))
      throw new TemplateError(`${path}: there is no resource or parameter ${logicalId}`);
    return type;
  }

  #context(logicalId: string): ResourceContext {
    const resource = this.#shape.Resources[logicalId];
    return {
      place: this.place,
      logicalId,
      type: resource?.Type ?? "",
      property: (name) => {
        const value = resource?.Properties?.[name];
        return value === undefined ? undefined : this.resolve(value, `${logicalId}.${name}`);
      },
    };
  }

  #exists(logicalId: string): boolean {
    const condition = this.#shape.Resources[logicalId]?.Condition;
    return condition === undefined || this.#condition(condition, logicalId);
  }

  #condition(name: string, path: string): boolean {
    const conditions = this.#shape.Conditions ?? {};
    if (!Object.hasOwn(conditions, name)) throw new TemplateError(`${path}: there is no condition ${name}`);
    return this.#once(`condition ${name}`, () => this.#holds(conditions[name], `Conditions.${name}`));
  }

  #holds(expression: unknown, path: string): boolean {
    const entries = Object.entries(parse(json, expression, path));
    const [operator = "", operand] = entries[0] ?? [];
    if (operator === "Condition") return this.#condition(this.#string(operand, path, operator), path);
    const operands = Array.isArray(operand) ? operand : [];
    const each = () => operands.map((item, index) => this.#holds(item, `${path}[${index}]`));
    switch (operator) {
      case "Fn::Equals":
        return String(this.#resolve(operands[0], path)) === String(this.#resolve(operands[1], path));
      case "Fn::And":
        return each().every(Boolean);
      case "Fn::Or":
        return each().some(Boolean);
      case "Fn::Not":
        return !each()[0];
      default:
        throw new TemplateError(`${path}: the local runtime does not know the condition ${operator}`);
    }
  }

  #once<Result>(what: string, work: () => Result): Result {
    if (this.#open.has(what)) throw new TemplateError(`${what} depends on itself`);
    this.#open.add(what);
    try {
      return work();
    } finally {
      this.#open.delete(what);
    }
  }

  #arguments(value: unknown, count: number, path: string, name: string): unknown[] {
    if (Array.isArray(value) && value.length === count) return value;
    throw new TemplateError(`${path}: ${name} needs a list of ${count}`);
  }

  #strings(value: unknown, path: string, name: string): string[] {
    if (!Array.isArray(value)) throw new TemplateError(`${path}: ${name} needs a list of strings`);
    return value.map((item) => this.#string(item, path, name));
  }

  #string(value: unknown, path: string, name: string): string {
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    throw new TemplateError(`${path}: ${name} needs a string here, not ${JSON.stringify(value)}`);
  }
}

/** What a reference to AWS::NoValue gives until it is taken out; no text of a template has this form. */
const noValue = "\u0000AWS::NoValue";
