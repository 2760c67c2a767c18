import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { Command } from "commander";
import { type Proof, proofs } from "./proofs.ts";

const names = proofs.map(({ name }) => name).join(", ");
const { args } = new Command("npm run prove --")
  .description("Repeats what can be proven without a cloud account. Ends with 1 when something could not be.")
  .argument("[names...]", `only these: ${names}`)
  .parse();
const unknown = args.filter((name) => proofs.every((proof) => proof.name !== name));
if (unknown.length > 0) {
  process.stderr.write(`No proof is called ${unknown.join(", ")}. There are: ${names}.\n`);
  process.exit(2);
}

const results = [];
for (const proof of proofs.filter(({ name }) => args.length === 0 || args.includes(name))) {
  process.stdout.write(`\n── ${proof.name}: ${proof.shows}\n`);
  results.push({ proof, ...(await run(proof)) });
}

process.stdout.write("\n");
for (const { proof, isProven, figures } of results) {
  process.stdout.write(`${isProven ? "proven    " : "NOT PROVEN"}  ${proof.name}: ${proof.shows}\n`);
  for (const figure of figures) process.stdout.write(`            ${figure}\n`);
}
if (results.some(({ isProven }) => !isProven)) process.exitCode = 1;

/** Runs a script, passes on what it prints, and keeps the figures of it. */
function run({ script }: Proof): Promise<{ isProven: boolean; figures: string[] }> {
  const child = spawn("npm", ["run", "-s", ...script], { stdio: ["ignore", "pipe", "inherit"] });
  const figures: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    process.stdout.write(`${line}\n`);
    const figure = /^figure: (.*)$/.exec(stripVTControlCharacters(line))?.[1];
    if (figure !== undefined) figures.push(figure);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ isProven: code === 0, figures }));
  });
}
