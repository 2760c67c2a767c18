/** What each of the CDK's subcommands is given besides. */
const always: Record<string, string[]> = {
  synth: ["--quiet"],
  // Nobody is there to be asked in CI; `npm run diff` shows what would change.
  deploy: ["--require-approval", "never"],
};

/**
 * The words for the CDK command behind `npm run synth`, `diff` and `deploy`. Everything but `--stage` is passed on.
 *
 * @param subcommand the CDK's
 * @param words what was typed after `npm run … --`
 * @throws TypeError when no stage is named; only `synth` has one of its own, `local`
 */
export function cdkCommand(subcommand: string, words: string[]): { stage: string; arguments: string[] } {
  const at = words.findIndex((word) => word === "--stage" || word.startsWith("--stage="));
  const isApart = words[at] === "--stage";
  const given = isApart ? words[at + 1] : words[at]?.slice("--stage=".length);
  const rest = at === -1 ? words : words.toSpliced(at, isApart ? 2 : 1);
  const stage = at === -1 && subcommand === "synth" ? "local" : given;
  if (!stage) throw new TypeError(`Which stage? For instance: npm run ${subcommand} -- --stage prod`);
  return {
    stage,
    arguments: [subcommand, "--context", `stage=${stage}`, ...(always[subcommand] ?? []), ...rest],
  };
}
