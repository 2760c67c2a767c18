import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

// `npm run record-version`: keeps the definitions of the present version, and what its runs do, in test/fixtures/versions.

const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, "run", "test/versions/histories.test.ts"], {
  stdio: "inherit",
  env: { ...process.env, RECORD_VERSION: "yes" },
});
process.exitCode = status ?? 1;
