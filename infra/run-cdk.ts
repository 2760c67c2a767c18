import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cdkCommand } from "./cdk-command.ts";
import { readSettings } from "./settings.ts";

// `npm run synth`, `npm run diff` and `npm run deploy`: the CDK command for one stage, without questions.

function run([subcommand = "", ...words]: string[]): number {
  const command = cdkCommand(subcommand, words);
  const { stackName } = readSettings(command.stage);
  const { status } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.resolve("aws-cdk/bin/cdk")), ...command.arguments],
    { cwd: join(import.meta.dirname, ".."), stdio: "inherit" },
  );
  if (status === 0 && subcommand === "synth") console.log(`${stackName} is in cdk.out, and breaks no rule.`);
  return status ?? 1;
}

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
