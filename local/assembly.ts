import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildApp } from "../infra/build-app.ts";
import { bundleFunctions } from "../infra/bundle.ts";

/** A synthesized stack: its template, and where the bundles of its functions are. */
export type Assembly = { stackName: string; template: unknown; assets: { dir: string; manifest: unknown } };

/** The stage that is served locally. */
const stage = "local";

/** Bundles the functions and synthesizes the CDK app, the very one that is deployed, into the folder. */
export async function synthesize(outdir: string): Promise<Assembly> {
  await bundleFunctions();
  const { app, stack } = buildApp({ stage, outdir });
  app.synth();
  return readAssembly(outdir, stack.stackName);
}

/** What was synthesized into the folder before. */
export function readAssembly(dir: string, stackName = `latchkey-${stage}`): Assembly {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(join(dir, `${stackName}.${name}.json`), "utf8"));
  return { stackName, template: read("template"), assets: { dir, manifest: read("assets") } };
}
