import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as v from "valibot";
import { actionNames } from "../src/actions/action-names.ts";
import { shapeOf } from "../src/actions/action-shapes.ts";
import { allActions } from "../src/actions/all-actions.ts";

/** Writes docs/actions.md: what Latchkey can do in JumpCloud, from the one place that lists it. */

/** The page that is made of the list of actions. */
export const pageFile = join(import.meta.dirname, "actions.md");

export function actionsPage(): string {
  const sections = actionNames.map((name) => {
    const action = allActions[name];
    const { does, needs, alreadySo, again, scope, inverse } = action;
    const { inputs, gives, checksIdentity } = shapeOf(name);
    return [
      `## ${name}`,
      "",
      does,
      "",
      "| | |",
      "| --- | --- |",
      `| Inputs | ${inputsOf(inputs)} |`,
      `| Needs | ${needs} |`,
      `| Already so, when | ${alreadySo} |`,
      `| Done again | ${again} |`,
      `| Scope in JumpCloud | \`${scope}\` |`,
      `| Somebody makes sure who asks | ${checksIdentity ? "yes" : "no"} |`,
      `| Not done while grants are stopped | ${gives ? "yes" : "it is done"} |`,
      `| Taken back by | ${inverse === undefined ? "nothing" : `\`${inverse}\``} |`,
      "",
    ].join("\n");
  });
  return [
    "# Actions",
    "",
    "What can be done to accounts and groups in JumpCloud, by the rules of [actions.yaml](action-rules.md). This page is made from",
    "[the list of actions](../src/actions/all-actions.ts) by `npm run generate`.",
    "",
    "Every action reads first what is there, writes, and reads back that it is so: JumpCloud's own answer proves nothing, and its reads lag its",
    "writes by seconds. What must not be done twice is sent once; when its answer is lost, reading decides, and where nothing can be read, a person.",
    "",
    ...sections,
  ].join("\n");
}

function inputsOf({ entries }: { entries: Record<string, v.GenericSchema> }): string {
  return Object.entries(entries)
    .map(([name, { type }]) => `\`${name}\`${type === "optional" ? " (can be left out)" : ""}`)
    .join(", ");
}

if (import.meta.main) writeFileSync(pageFile, actionsPage());
