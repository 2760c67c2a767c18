import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import * as v from "valibot";
import { figure } from "../figure.ts";
import { lowestScore, modules } from "./modules.ts";
import { describeScore, percent, Report, scoreOf } from "./report.ts";

const here = import.meta.dirname;
const report = ".reports/mutants.json";
const names = Object.keys(modules);

const { args } = new Command("npm run test:mutants --")
  .description(
    `Changes the code that decides access in small ways, and looks whether a test notices. Ends with 1 when a file has less than ${lowestScore} %.`,
  )
  .argument("[modules...]", `only these: ${names.join(", ")}`)
  .parse();
const unknown = args.filter((name) => !(name in modules));
if (unknown.length > 0) {
  process.stderr.write(`No module is called ${unknown.join(", ")}. There are: ${names.join(", ")}.\n`);
  process.exit(2);
}

install();
const chosen = Object.entries(modules).filter(([name]) => args.length === 0 || args.includes(name));
const files = chosen.flatMap(([, paths]) => paths.map((path) => `src/${path}.ts`));
rmSync(report, { force: true });
run(process.execPath, [stryker(), "run", join(here, "stryker.config.json"), "--mutate", files.join(",")]);

const mutated = v.parse(Report, JSON.parse(readFileSync(report, "utf8"))).files;
const mutantsOf = (path: string) => mutated[`src/${path}.ts`]?.mutants ?? [];
const low: string[] = [];
for (const [name, paths] of chosen) {
  for (const path of paths) {
    const score = scoreOf(mutantsOf(path));
    process.stdout.write(`${path}: ${describeScore(score)}\n`);
    if (!(percent(score) >= lowestScore)) low.push(path);
  }
  figure(`mutation score: ${name}`, describeScore(scoreOf(paths.flatMap(mutantsOf))));
}
const all = scoreOf(chosen.flatMap(([, paths]) => paths.flatMap(mutantsOf)));
figure("mutation score", `${describeScore(all)}; ${lowestScore} % at least, of each file too`);
if (low.length > 0) {
  process.stderr.write(`Less than ${lowestScore} %: ${low.join(", ")}\n`);
  process.exitCode = 1;
}

function stryker(): string {
  return join(here, "node_modules/@stryker-mutator/core/bin/stryker.js");
}

/** What only this needs is not in the project's own lock file, and installed when it is needed first. */
function install(): void {
  const { dependencies } = readJson("package.json");
  const isThere = Object.entries(dependencies).every(([name, version]) => {
    const place = `node_modules/${name}/package.json`;
    return existsSync(join(here, place)) && readJson(place).version === version;
  });
  if (!isThere) run("npm", ["ci"], here);
}

function readJson(path: string) {
  const Package = v.object({
    version: v.optional(v.string()),
    dependencies: v.optional(v.record(v.string(), v.string()), {}),
  });
  return v.parse(Package, JSON.parse(readFileSync(join(here, path), "utf8")));
}

function run(command: string, given: string[], cwd?: string): void {
  const { status, error } = spawnSync(command, given, {
    stdio: "inherit",
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (error) throw error;
  if (status !== 0) process.exit(1);
}
