import { join } from "node:path";
import * as v from "valibot";
import { object, record } from "../../json-schemas.ts";
import { parse, TemplateError } from "./parse.ts";
import { type Place, type Resource, Template } from "./template.ts";

/** The cloud assembly's files: its folder and the parsed `<Stack>.assets.json`. */
export type Assets = { dir: string; manifest: unknown };

/** How programs and people call a resource. */
export type Named = { logicalId: string; constructPath: string; name: string; arn: string };

const manifestShape = object({
  files: record(
    object({
      source: object({ path: v.string() }),
      destinations: record(object({ objectKey: v.string() })),
    }),
  ),
});

/** A template together with the files that it refers to, read resource type by resource type. */
export class StackReader {
  readonly place: Place;
  readonly template: Template;
  readonly #resources: Resource[];
  readonly #files: Map<string, string>;

  constructor(template: unknown, place: Place, assets: Assets) {
    this.place = place;
    this.template = new Template(template, place);
    this.#resources = this.template.resources();
    const { files } = parse(manifestShape, assets.manifest, "asset manifest");
    this.#files = new Map(
      Object.values(files).flatMap(({ source, destinations }) =>
        Object.values(destinations).map(({ objectKey }) => [objectKey, join(assets.dir, source.path)]),
      ),
    );
  }

  /**
   * Every resource of a type. Throws `TemplateError` for properties that are neither in `shape` nor in `withoutEffect`.
   * @param withoutEffect names of properties that change nothing locally
   */
  all<Shape extends v.GenericSchema>(
    type: string,
    shape: Shape,
    withoutEffect: string[] = [],
  ): { resource: Resource; properties: v.InferOutput<Shape> }[] {
    return this.#resources
      .filter((resource) => resource.type === type)
      .map((resource) => {
        const entries = Object.entries(resource.properties).filter(([name]) => !withoutEffect.includes(name));
        const where = `${resource.logicalId} (${type})`;
        return { resource, properties: parse(shape, Object.fromEntries(entries), where) };
      });
  }

  /** @param arn the attribute that holds the ARN, or none when `Ref` gives it */
  named({ logicalId, constructPath = "" }: Resource, arn?: "Arn"): Named {
    return {
      logicalId,
      constructPath,
      name: this.template.name(logicalId),
      arn: arn ? this.template.attribute(logicalId, arn) : this.template.reference(logicalId),
    };
  }

  /** Functions may be given by name or ARN; this is the ARN. */
  functionArn(nameOrArn: string): string {
    const { region, account } = this.place;
    return nameOrArn.startsWith("arn:")
      ? nameOrArn
      : `arn:aws:lambda:${region}:${account}:function:${nameOrArn}`;
  }

  /** Path of the asset that the template knows by its key in the assets bucket. */
  file(objectKey: string, where: string): string {
    const path = this.#files.get(objectKey);
    if (!path) throw new TemplateError(`${where}: the asset manifest has no file ${objectKey}`);
    return path;
  }
}
