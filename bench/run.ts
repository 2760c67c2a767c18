import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { synthesize } from "../local/assembly.ts";
import { figure } from "../proof/figure.ts";
import { actionFigures } from "./actions.ts";
import { catalogFigures } from "./catalog.ts";
import { isOk } from "./figures.ts";
import { bundleSizes, startUps } from "./functions.ts";
import { publishingFigures } from "./publishing.ts";
import { asJson, asText, limited } from "./report.ts";
import { countedFigures } from "./requests.ts";
import { storm } from "./storm.ts";
import { throughput } from "./throughput.ts";

const options = new Command("npm run bench --")
  .description("Prints the figures that Latchkey keeps to. Ends with 1 when one is over its limit.")
  .option("--json", "for machines")
  .option("--figures", "what has a limit, a line each, for npm run prove")
  .parse()
  .opts<{ json?: true; figures?: true }>();

/** Not part of the report, so that this can be piped. */
const say = (line: string) => process.stderr.write(`${line}\n`);

const outdir = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
try {
  say("Bundling the functions and synthesizing the stack …");
  const assembly = await synthesize(outdir);
  say("Starting the functions' processes …");
  const functions = [bundleSizes(), await startUps()];
  say("Counting what a request takes, in the simulated world and its own time …");
  const { groups, costs } = await countedFigures(assembly);
  say("Applying a large catalog …");
  const catalog = await catalogFigures(assembly);
  const publishing = await publishingFigures();
  say("Counting what each action takes …");
  const actions = await actionFigures();
  say("Waiting for a thousand requests for actions …");
  const stormy = await storm(assembly, 1_000);
  say("Playing many requests at once …");
  const report = {
    groups: [...functions, ...groups, actions, stormy, catalog, publishing, await throughput(assembly)],
    costs,
  };
  if (options.figures) for (const [name, value] of limited(report)) figure(name, value);
  else process.stdout.write(`${options.json ? asJson(report) : asText(report)}\n`);
  if (!report.groups.flatMap(({ figures }) => figures).every(isOk)) process.exitCode = 1;
} finally {
  rmSync(outdir, { recursive: true });
}
