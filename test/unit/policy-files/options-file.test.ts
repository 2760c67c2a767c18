import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  hasProblems,
  readOptions,
  withOptions,
  writeOptions,
} from "../../../src/policy-files/options-file.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "latchkey-options-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

test("what is written is read again, also ids that look like numbers", () => {
  const at = folder();
  expect(readOptions(at)).toEqual({});
  const options = {
    customfield_2: { "5e0000000000000000000001": "10402", "github/developer": "10201" },
    customfield_1: { 123456789012345678901234: "10401" },
  };
  writeOptions(at, options);
  expect(readOptions(at)).toEqual(options);
  writeOptions(at, {});
  expect(readOptions(at)).toEqual({});
});

test.each([
  ["no YAML", "customfield_1: [", "this is not YAML"],
  ["another key", "github: {}", "customfield_ and a number"],
  ["something else than an id", "customfield_1: { github: ten }", 'found "ten"'],
])("a file that is %s says where and what", (_, text, message) => {
  const at = folder();
  writeFileSync(join(at, "options.yaml"), text);
  const read = readOptions(at);
  expect(hasProblems(read)).toBe(true);
  expect(JSON.stringify(read)).toContain(message.replaceAll('"', '\\"'));
});

test("the catalog's own options count, and the others are filled in", () => {
  const entitlement = (id: string, option?: string) => ({
    id,
    name: id,
    ...(option === undefined ? {} : { option }),
    groups: [],
    durations: { permanent: true },
  });
  const catalog = {
    applications: [
      {
        id: "github",
        name: "GitHub",
        owner: "o@fernhill.example",
        status: "approved" as const,
        entitlements: [entitlement("developer", "1"), entitlement("owner"), entitlement("guest")],
      },
    ],
  };
  const [application] = withOptions(catalog, {
    customfield_1: { github: "7", "github/developer": "8", "github/owner": "9" },
  }).applications;
  expect(application?.option).toBe("7");
  expect(application?.entitlements.map(({ option }) => option)).toEqual(["1", "9", undefined]);
});
