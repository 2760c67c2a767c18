import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { VALIDATE_AGAINST_DEFAULT_RULES } from "aws-cdk-lib/cx-api";
import { AwsSolutionsChecks } from "cdk-nag";
import * as v from "valibot";
import { LatchkeyStack } from "./latchkey-stack.ts";
import { readSettings } from "./settings.ts";

const cdkJson = join(import.meta.dirname, "..", "cdk.json");
const CdkJson = v.object({ context: v.record(v.string(), v.unknown()) });

/**
 * The CDK app of one stage. Synthesizing it fails when CloudFormation would refuse the template, or when it breaks one of
 * AWS's rules for solutions without an acknowledgement that says why.
 *
 * @param options.stage the stage; none: the one that the CDK command was given as context
 * @param options.outdir where the cloud assembly goes; none: where the CDK command wants it
 */
export function buildApp(options: { stage?: string; outdir?: string } = {}): {
  app: App;
  stack: LatchkeyStack;
} {
  const app = new App({
    // The CDK command gives this too; without the command, it has to come from here.
    context: v.parse(CdkJson, JSON.parse(readFileSync(cdkJson, "utf8"))).context,
    ...(options.outdir === undefined ? {} : { outdir: options.outdir }),
    postCliContext: { [VALIDATE_AGAINST_DEFAULT_RULES]: true },
  });
  const stage: unknown = options.stage ?? app.node.tryGetContext("stage") ?? "local";
  const stack = new LatchkeyStack(app, readSettings(String(stage)));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack };
}
