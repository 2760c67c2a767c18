import type { Command } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** What can be typed after a command, such as `grants end`, and what each word means. */
type Place = { path: string; words: { word: string; about: string }[] };

export const completionHelp = `
Put this into your shell's start-up file, with the folder of Latchkey for FOLDER:
  bash, zsh:  latchkey() { npm run --silent --prefix FOLDER latchkey -- "$@"; }
              source <(latchkey completion bash)
  fish:       function latchkey; npm run --silent --prefix FOLDER latchkey -- $argv; end
              latchkey completion fish | source`;

/** A script for the shell that completes commands and options; made of the commands themselves. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesIn(program, "");
  return shell === "fish" ? forFish(places) : forBash(places, shell);
}

function placesIn(command: Command, path: string): Place[] {
  const children = command.commands.filter((child) => child.name() !== "help");
  const words = [
    ...children.map((child) => ({ word: child.name(), about: child.description() })),
    ...command.options.map(({ long, description }) => ({ word: long ?? "", about: description })),
    { word: "--help", about: "display help for command" },
  ];
  return [{ path, words }, ...children.flatMap((child) => placesIn(child, `${path} ${child.name()}`.trim()))];
}

/** Zsh runs scripts for bash, if it is told to. */
function forBash(places: Place[], shell: "bash" | "zsh"): string {
  const commands = places.flatMap(({ path }) => (path === "" ? [] : [`"${path}"`]));
  const lines = [
    ...(shell === "zsh" ? ["autoload -U +X bashcompinit && bashcompinit"] : []),
    "_latchkey() {",
    '  local path="" words="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "${path:+$path }$word" in',
    `      ${commands.join("|")}) path="\${path:+$path }$word" ;;`,
    "    esac",
    "  done",
    '  case "$path" in',
    ...places.map(
      ({ path, words }) => `    "${path}") words="${words.map(({ word }) => word).join(" ")}" ;;`,
    ),
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -o default -F _latchkey latchkey",
  ];
  return `${lines.join("\n")}\n`;
}

function forFish(places: Place[]): string {
  const lines = places.flatMap(({ path, words }) => {
    const seen = path.split(" ").filter((word) => word !== "");
    const next = places.flatMap((place) => {
      const rest = place.path.slice(path.length).trim();
      return place.path.startsWith(path) && rest !== "" && !rest.includes(" ") ? [rest] : [];
    });
    const conditions = [
      ...seen.map((word) => `__fish_seen_subcommand_from ${word}`),
      ...(next.length === 0 ? [] : [`not __fish_seen_subcommand_from ${next.join(" ")}`]),
    ];
    const when = conditions.length === 0 ? "" : ` -n '${conditions.join("; and ")}'`;
    return words.map(({ word, about }) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c latchkey -f${when} ${what} -d '${about.replaceAll("'", "\\'")}'`;
    });
  });
  return `${lines.join("\n")}\n`;
}
