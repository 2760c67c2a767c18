import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readAssembly, synthesize } from "../../local/assembly.ts";

/** Where the stack is that tests serve: synthesized once for all of them, before the first. */
export const assemblyFolder = join(import.meta.dirname, "../../dist/test-assembly");

export async function setup(): Promise<void> {
  mkdirSync(assemblyFolder, { recursive: true });
  await synthesize(assemblyFolder);
}

type Resource = {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  UpdatePolicy?: { CodeDeployLambdaAliasUpdate: { DeploymentGroupName: { Ref: string } } };
};

/** The synthesized resources by their logical ids, as the template has them. */
export const templateResources = () =>
  (readAssembly(assemblyFolder).template as { Resources: Record<string, Resource> }).Resources;

/** The synthesized resources of a type, by their logical ids. */
export function resourcesOf(type: string): [id: string, properties: Record<string, unknown>][] {
  return Object.entries(templateResources()).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [[id, Properties] as [string, Record<string, unknown>]] : [],
  );
}
