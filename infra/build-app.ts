import { App, Validations } from "aws-cdk-lib";
import { VALIDATE_AGAINST_DEFAULT_RULES } from "aws-cdk-lib/cx-api";
import { AwsSolutionsChecks } from "cdk-nag";
import { LatchkeyStack } from "./latchkey-stack.ts";
import { readSettings } from "./settings.ts";

/**
 * The CDK app of one stage. Synthesizing it fails when CloudFormation would refuse the template, or when it breaks one of
 * AWS's rules for solutions without an acknowledgement that says why.
 *
 * @param context what `cdk --context` and cdk.json give; `stage` and `stages` are read
 */
export function buildApp(context: Record<string, unknown>, outdir?: string): { app: App; stack: LatchkeyStack } {
  const stage = typeof context.stage === "string" ? context.stage : "local";
  const app = new App({
    context: { ...context, [VALIDATE_AGAINST_DEFAULT_RULES]: true },
    ...(outdir === undefined ? {} : { outdir }),
  });
  const stack = new LatchkeyStack(app, readSettings(stage, context.stages));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack };
}
