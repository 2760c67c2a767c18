import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPolicyFiles } from "../../../src/policy-files/read-policy-files.ts";
import { policyFolder } from "../../cli/support.ts";

const setting = (parts: object = {}) => {
  const asked = {
    serviceDesk: "1",
    requestType: "25",
    parent: "10109",
    option: "10216",
    duration: "10301",
    ...parts,
  };
  const lines = Object.entries({ ...asked, reporter: "712020:test" }).map(
    ([key, value]) => `  ${key}: "${value}"`,
  );
  return `syntheticRequest:\n${lines.join("\n")}\noperations:\n`;
};

/** What is wrong with the example files when they have this setting, and Zoom is the synthetic application, unless it is not. */
function problems(parts: object, id = "synthetic", approval = "everybody-may"): string[] {
  const folder = policyFolder(
    ["site.yaml", "operations:\n", setting(parts)],
    ["catalog.yaml", "  - id: zoom\n", `  - id: ${id}\n`],
    [
      "catalog.yaml",
      "          - 6a00000000000000000b000f # zoom-pro\n        approval: manager\n",
      `          - 6a00000000000000000b000f # zoom-pro\n        approval: ${approval}\n`,
    ],
  );
  expect(readFileSync(join(folder, "site.yaml"), "utf8")).toContain("syntheticRequest");
  const read = readPolicyFiles(folder);
  return "problems" in read ? read.problems.map(({ message }) => message) : [];
}

test("a synthetic request is for an entitlement that is there for that alone, asks nobody, and is over soon", () => {
  expect(problems({})).toEqual([]);
});

test.each([
  [{ option: "10203" }, "synthetic", "everybody-may", /option.*application “synthetic”/],
  [{}, "zoom", "everybody-may", /option.*application “synthetic”/],
  [{}, "synthetic", "manager", /option.*people would be asked every hour/],
  [{ duration: "10303" }, "synthetic", "everybody-may", /duration.*an hour or less/],
  [{ duration: "10307" }, "synthetic", "everybody-may", /duration.*an hour or less/],
  [{ requestType: "27" }, "synthetic", "everybody-may", /requestType.*not a request type for access/],
])("anything else is refused: %o of %s by %s", (parts, id, approval, why) => {
  expect(problems(parts, id, approval).join("\n")).toMatch(why);
});
