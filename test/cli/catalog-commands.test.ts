import { expect, test } from "vitest";
import { parse } from "yaml";
import { groupOf, openStory, policyWith, type Story } from "../support/company-story.ts";
import { type Said, type } from "./support.ts";

async function withCompany(): Promise<{ story: Story; at: (...args: string[]) => Promise<Said> }> {
  const story = await openStory({ checkingCatalog: true });
  return {
    story,
    /** Calls to JumpCloud keep to the pace of all calls, so time has to pass. */
    at: (...args) => story.passUntil(type("--endpoint", story.runtime.awsUrl, ...args)),
  };
}

test("the catalog in force is listed with what people need to know of it", async () => {
  const { at } = await withCompany();
  const { code, out } = await at("catalog", "list");
  expect(code).toBe(0);
  const lines = out.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^ENTITLEMENT +WHAT PEOPLE READ +STATUS +APPROVAL +LASTS +OPTION$/);
  expect(lines.find((line) => line.startsWith("github/developer"))).toMatch(
    /^github\/developer +GitHub: Developer +approved +manager +90d, or for ever +10201$/,
  );
  expect(out).toMatch(/ 4h, at most 1d +10202$/m);
  expect(out).toMatch(/ for ever +10206$/m);
  expect(lines.slice(-2)).toEqual([
    "21 entitlements; policy version 1 is in force.",
    "It has not been compared with JumpCloud yet.",
  ]);
  const { out: json } = await at("--json", "catalog", "list");
  expect(JSON.parse(json).entitlements).toHaveLength(21);
  expect(JSON.parse(json).entitlements).toContainEqual(
    expect.objectContaining({ entitlementId: "github/developer", option: "10201" }),
  );
});

test("what is closed is shown with its reason, in the list too", async () => {
  const { story, at } = await withCompany();
  await story.callJumpCloud("DELETE", `/api/v2/usergroups/${groupOf("figma-viewers")}`);
  const { code, out, err } = await at("catalog", "sync");
  expect([code, err]).toEqual([0, ""]);
  const gone = `figma/viewer: its group ${groupOf("figma-viewers")} is not in JumpCloud any more`;
  expect(out).toContain("JumpCloud has 13 applications; 21 entitlements were looked at.\n");
  expect(out).toContain(`Closed for requests at present:\n  ${gone}\n`);
  const { out: list } = await at("catalog", "list");
  expect(list).toMatch(/^figma\/viewer +Figma: Viewer +closed /m);
  expect(list).toContain(`  ${gone}\n`);
  expect(list).toMatch(/Compared with JumpCloud at 2026-11-20T09:\d\d:\d\dZ\.\n$/);
});

test("what is well again is said, and what is all well", async () => {
  const { story, at } = await withCompany();
  const binding = (op: string) =>
    story.callJumpCloud("POST", `/api/v2/usergroups/${groupOf("figma-viewers")}/associations`, {
      op,
      type: "application",
      id: "7b00000000000000000c0004",
    });
  await binding("remove");
  expect((await at("catalog", "sync")).out).toContain("figma/viewer: none of its groups opens");
  await binding("add");
  const { out } = await at("catalog", "sync");
  expect(out).toContain("Well again: figma/viewer.\n");
});

test("an application that the catalog does not have can be adopted from what is printed", async () => {
  const { story, at } = await withCompany();
  await story.apply({
    ...policyWith(),
    catalog: { applications: [] },
  });
  await at("catalog", "sync");
  const { out: list } = await at("catalog", "list");
  expect(list).toContain("JumpCloud has these applications too.");
  expect(list).toContain("  7b00000000000000000c0001  GitHub\n");
  const { code, out } = await at("catalog", "adopt", "7b00000000000000000c0001");
  expect(code).toBe(0);
  const [adopted] = parse(out);
  expect(adopted).toMatchObject({
    id: "github",
    name: "GitHub",
    jumpcloudApplication: "7b00000000000000000c0001",
    owner: null,
    status: "unassigned",
  });
  expect(adopted.entitlements[0]).toMatchObject({ option: null, groups: [expect.any(String)] });
  for (const { id } of (await story.callJumpCloud("GET", "/api/v2/usergroups?limit=100")).body)
    await story.callJumpCloud("DELETE", `/api/v2/usergroups/${id}`);
  await at("catalog", "sync", "--force");
  const [bare] = parse((await at("catalog", "adopt", "7b00000000000000000c0001")).out);
  expect(bare.entitlements).toEqual([]);
  const unknown = await at("catalog", "adopt", "7b00000000000000000c00ff");
  expect(unknown).toMatchObject({
    code: 1,
    err: expect.stringContaining("“latchkey catalog sync” looks again"),
  });
});
