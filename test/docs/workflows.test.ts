import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pageFile, readDefinitions, workflowsPage } from "../../docs/generate-workflows.ts";

test("docs/workflows.md is what `npm run generate` makes of the definitions", () => {
  expect(readFileSync(pageFile, "utf8")).toBe(workflowsPage(readDefinitions()));
});

test("a definition's diagram has every state, and an arrow for every way out but the ones to the operator", () => {
  const page = workflowsPage({
    "small.asl.json": {
      Comment: "Small.",
      StartAt: "Do it",
      States: {
        "Do it": {
          Type: "Task",
          Comment: "Does it | now.",
          Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
          Catch: [
            { ErrorEquals: ["LateError"], Next: "Done" },
            { ErrorEquals: ["States.ALL"], Next: "Call an operator" },
          ],
          Next: "How much?",
        },
        "How much?": {
          Type: "Choice",
          Comment: "Asks.",
          Choices: [{ Condition: "{% $much > 1 %}", Next: "Do it" }],
          Default: "Done",
        },
        "Call an operator": { Type: "Fail", Comment: "Red." },
        Done: { Type: "Succeed", Comment: "Green." },
      },
    },
  });
  const arrows = page.split("\n").filter((line) => / --> /.test(line) && line.startsWith(" "));
  expect(arrows.map((line) => line.trim())).toEqual([
    "[*] --> s1",
    "s1 --> s2",
    "s1 --> s4: LateError",
    "s2 --> s1: $much is above 1",
    "s2 --> s4: otherwise",
    "s3 --> [*]",
    "s4 --> [*]",
  ]);
  expect(page).toContain(
    "| Do it | Task, waits for an answer | Does it \\| now. | How much? | `LateError` → Done<br>`States.ALL` → Call an operator |",
  );
});
