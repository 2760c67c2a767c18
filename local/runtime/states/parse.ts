import { parseDocument } from "yaml";
import type { Machine, Problem } from "./definition.ts";
import { Fields } from "./fields.ts";
import { problemsOfGraph } from "./graph.ts";
import { readGraph } from "./read-state.ts";

const mostSeconds = 99_999_999;
const largestDefinition = 1_048_576;

/** Reads the text of a definition. It can be run when there are no problems. */
export function parseDefinition(text: string): { machine: Machine; problems: Problem[] } {
  const problems: Problem[] = [];
  const top = new Fields(parseJson(text, problems), "", problems);
  if (problems.length > 0) return { machine: emptyMachine, problems };
  top.only("Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version");
  top.oneOf("Version", ["1.0"]);
  const timeoutSeconds = top.number("TimeoutSeconds", { from: 1, to: mostSeconds, whole: true });
  const language = top.oneOf("QueryLanguage", ["JSONata", "JSONPath"]);
  if (language === "JSONPath") top.refuse("QueryLanguage", "is JSONPath; this engine runs JSONata only");
  const machine = { ...readGraph(top, language ?? "JSONPath"), timeoutSeconds };
  if (problems.length === 0) problems.push(...problemsOfGraph(machine));
  return { machine, problems };
}

const emptyMachine: Machine = { startAt: "", states: new Map(), timeoutSeconds: undefined };

function parseJson(text: string, problems: Problem[]): unknown {
  const refuse = (message: string) =>
    problems.push({ code: "INVALID_JSON_DESCRIPTION", location: "/", message });
  if (Buffer.byteLength(text) > largestDefinition)
    refuse(`a definition has at most ${largestDefinition} bytes`);
  try {
    const value: unknown = JSON.parse(text);
    // JSON.parse keeps the last of two equal keys without a word, so a state could vanish.
    const twice = parseDocument(text).errors.find((error) => error.code === "DUPLICATE_KEY");
    if (twice) refuse(`a name stands twice in one object: ${twice.message.split(":")[0]}`);
    return value;
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
    return {};
  }
}
