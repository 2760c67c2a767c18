import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { install, NotInstallable } from "./ministack.ts";

// `npm run test:engine`: the deployed stack on an engine that is not the project's own. Ends with 3 where that cannot be installed.

const { ifPossible } = new Command("npm run test:engine --")
  .description("Deploys the stack to MiniStack and has it do its main job.")
  .option("--if-possible", "ends with 0 where MiniStack cannot be installed")
  .parse()
  .opts<{ ifPossible?: boolean }>();

try {
  install();
  const vitest = fileURLToPath(new URL("../vitest.mjs", import.meta.resolve("vitest")));
  const words = ["run", "--config", "vitest.proofs.config.ts", "test/engine/"];
  process.exitCode = spawnSync(process.execPath, [vitest, ...words], { stdio: "inherit" }).status ?? 1;
} catch (error) {
  if (!(error instanceof NotInstallable)) throw error;
  console.log("MiniStack cannot be installed here, so the second engine was NOT asked. pip said:");
  console.log(error.message);
  process.exitCode = ifPossible ? 0 : 3;
}
