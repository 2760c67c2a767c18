import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

const definitionsFolder = join(import.meta.dirname, "..", "statemachines");
/** The page that is made of the definitions. */
export const pageFile = join(import.meta.dirname, "workflows.md");

const Branch = v.object({ Condition: v.string(), Next: v.string() });
const Catcher = v.object({ ErrorEquals: v.array(v.string()), Next: v.string() });
const Inner = {
  Type: v.string(),
  Comment: v.string(),
  Resource: v.optional(v.string()),
  Next: v.optional(v.string()),
  Default: v.optional(v.string()),
  Choices: v.optional(v.array(Branch), []),
  Catch: v.optional(v.array(Catcher), []),
  End: v.optional(v.boolean(), false),
};
/** Inside of a Map there is no other in these definitions. */
const InnerState = v.object(Inner);
const State = v.object({
  ...Inner,
  ItemProcessor: v.optional(v.object({ StartAt: v.string(), States: v.record(v.string(), InnerState) })),
});
const Definition = v.object({
  Comment: v.string(),
  StartAt: v.string(),
  States: v.record(v.string(), State),
});

type State = v.InferOutput<typeof State> & { inside?: string };
type Definition = v.InferOutput<typeof Definition>;
type Edge = { to: string; label: string };

const operator = "Call an operator";

/**
 * The page docs/workflows.md: a diagram and a table of every definition.
 *
 * @param definitions parsed `.asl.json` files, by file name
 * @throws ValiError when a definition has a state without a type or a comment
 */
export function workflowsPage(definitions: Record<string, unknown>): string {
  const sections = Object.entries(definitions).map(([file, definition]) =>
    section(file, v.parse(Definition, definition)),
  );
  return `${[
    "<!-- Generated from statemachines/ by `npm run generate`. Do not edit. -->",
    "# Workflows",
    "Every run is one execution of a state machine; the console shows the same names as this page. The rules for " +
      "definitions are in [statemachines/README.md](../statemachines/README.md), the errors in " +
      "[operations.md](operations.md).",
    ...sections,
  ].join("\n\n")}\n`;
}

/** All states by name, with those inside of a Map, which know where they are. */
function allStates({ States }: Definition): [name: string, state: State][] {
  return Object.entries(States).flatMap(([name, state]): [string, State][] => [
    [name, state],
    ...Object.entries(state.ItemProcessor?.States ?? {}).map(([inner, one]): [string, State] => [
      inner,
      { ...one, inside: name },
    ]),
  ]);
}

function section(file: string, definition: Definition): string {
  return [
    `## ${file.replace(".asl.json", "")}`,
    `${definition.Comment} Definition: [${file}](../statemachines/${file}).`,
    `The diagram leaves out the arrows to “${operator}” for errors that no other arrow names; the table has them.`,
    diagram(definition),
    table(definition),
  ].join("\n\n");
}

function diagram(definition: Definition): string {
  const { StartAt } = definition;
  const states = allStates(definition);
  const ids = new Map(states.map(([name], index) => [name, `s${index + 1}`]));
  const id = (name: string) => ids.get(name) ?? "[*]";
  const lines = states.flatMap(([name, state]) => [
    ...edges(state).map(({ to, label }) => arrow(id(name), id(to), label)),
    ...(isEnd(state) ? [arrow(id(name), "[*]", "")] : []),
  ]);
  return [
    "```mermaid",
    "stateDiagram-v2",
    ...[...ids].map(([name, short]) => `  state "${name}" as ${short}`),
    `  ${arrow("[*]", id(StartAt), "").trim()}`,
    ...lines,
    "```",
  ].join("\n");
}

function arrow(from: string, to: string, label: string): string {
  return `  ${from} --> ${to}${label === "" ? "" : `: ${label}`}`;
}

/** The ways out that the diagram shows. */
function edges(state: State): Edge[] {
  const caught = state.Catch.filter(
    ({ ErrorEquals, Next }) => !(Next === operator && ErrorEquals.includes("States.ALL")),
  );
  return [
    ...(state.ItemProcessor ? [{ to: state.ItemProcessor.StartAt, label: "for each" }] : []),
    ...(state.inside !== undefined && state.End ? [{ to: state.inside, label: "" }] : []),
    ...(state.Next ? [{ to: state.Next, label: "" }] : []),
    ...state.Choices.map(({ Condition, Next }) => ({ to: Next, label: inDiagram(expression(Condition)) })),
    ...(state.Default ? [{ to: state.Default, label: "otherwise" }] : []),
    ...merged(caught),
  ];
}

/** One arrow for all errors that lead to the same state. */
function merged(caught: State["Catch"]): Edge[] {
  const byTarget = new Map<string, string[]>();
  for (const { ErrorEquals, Next } of caught)
    byTarget.set(Next, [...(byTarget.get(Next) ?? []), ...ErrorEquals]);
  return [...byTarget].map(([to, names]) => ({
    to,
    label: names.length > 2 ? `${names.length} errors` : names.join(", "),
  }));
}

/** Mermaid ends a label at a colon or semicolon, and takes an angle bracket for HTML. */
function inDiagram(text: string): string {
  return text.replaceAll(/[:;]/g, " ").replaceAll("<", "is below").replaceAll(">", "is above");
}

function table(definition: Definition): string {
  const rows = allStates(definition).map(([name, state]) => [
    name,
    kindOf(state),
    state.Comment,
    leavesTo(state),
    state.Catch.map(
      ({ ErrorEquals, Next }) => `${ErrorEquals.map((error) => `\`${error}\``).join(", ")} → ${Next}`,
    ).join("<br>"),
  ]);
  const header = ["State", "Type", "What it does", "Leaves to", "Errors caught"];
  return [header, header.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

function kindOf({ Type, Resource }: State): string {
  return Resource?.endsWith(".waitForTaskToken") ? `${Type}, waits for an answer` : Type;
}

function leavesTo(state: State): string {
  if (isEnd(state)) return "the end";
  return [
    ...(state.ItemProcessor ? [`for each → ${state.ItemProcessor.StartAt}`] : []),
    ...(state.inside !== undefined && state.End ? [`back to ${state.inside}`] : []),
    ...(state.Next ? [state.Next] : []),
    ...state.Choices.map(({ Condition, Next }) => `\`${expression(Condition)}\` → ${Next}`),
    ...(state.Default ? [`otherwise → ${state.Default}`] : []),
  ].join("<br>");
}

function isEnd({ Type }: State): boolean {
  return Type === "Succeed" || Type === "Fail";
}

function expression(text: string): string {
  return text.replace(/^\{% */, "").replace(/ *%\}$/, "");
}

/** All definitions as they are on disk, by file name. */
export function readDefinitions(): Record<string, unknown> {
  const files = readdirSync(definitionsFolder).filter((file) => file.endsWith(".asl.json"));
  return Object.fromEntries(
    files.sort().map((file) => [file, JSON.parse(readFileSync(join(definitionsFolder, file), "utf8"))]),
  );
}

if (import.meta.main) writeFileSync(pageFile, workflowsPage(readDefinitions()));
