import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { groupOf, openStory, type Story } from "../support/company-story.ts";
import { policyFolder, type } from "./support.ts";

/** The example's catalog with a new application that nobody has an option for. */
const miro = `
  - id: miro
    name: Miro
    owner: lucia.romano@fernhill.example
    status: approved
    entitlements:
      - id: member
        name: Member
        groups:
          - 6a00000000000000000b0009 # notion-members
        approval: manager
        durations: { permanent: true }
`;

async function publishing() {
  const story = await openStory({ checkingCatalog: true });
  const folder = policyFolder();
  const catalog = join(folder, "catalog.yaml");
  const change = (text: (before: string) => string) =>
    writeFileSync(catalog, text(readFileSync(catalog, "utf8")));
  const at = (...args: string[]) => story.passUntil(type("--endpoint", story.runtime.awsUrl, ...args));
  const publish = (...args: string[]) =>
    at("catalog", "publish", "--policy", folder, "--jira", story.jira.gatewayUrl, ...args);
  const writes = () =>
    story.jira.calls.all().filter(({ method, path }) => method !== "GET" && path.includes("/option")).length;
  const options = () => readFileSync(join(folder, "options.yaml"), "utf8");
  return { story, folder, change, at, publish, writes, options };
}

async function shownOn(story: Story, fieldId: string, requestType: string): Promise<string[]> {
  const { body } = await story.call(
    "alice.moreau",
    "GET",
    `/rest/servicedeskapi/servicedesk/1/requesttype/${requestType}/field`,
  );
  type Field = { fieldId: string; validValues: { label: string }[] };
  const field = body.requestTypeFields.find((one: Field) => one.fieldId === fieldId);
  return field.validValues.map(({ label }: { label: string }) => label);
}

test("a new application gets its options, can be requested at once, and nothing is written the second time", async () => {
  const { story, change, publish, writes, options, at, folder } = await publishing();
  change((text) => text + miro);
  expect(await at("apply", "--policy", folder)).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /catalog\.yaml:\d+:\d+ applications\.13\.entitlements\.0: no option of the form/,
    ),
  });
  const tried = await publish("--dry-run");
  expect(tried).toMatchObject({ code: 0, err: "" });
  expect(tried.out).toContain("  + Miro\n  + Member\n");
  expect(tried.out).toContain("Nothing was changed.\n");
  expect(writes()).toBe(0);

  const { code, out, err } = await publish();
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("  + miro/member\nPolicy version 2 is in force");
  const [, option = ""] = /"miro\/member": "(\d+)"/.exec(options()) ?? [];
  const [, parent = ""] = /"miro": "(\d+)"/.exec(options()) ?? [];
  const answer = { id: parent, child: { id: option } };
  const { key } = await story.request("alice.moreau", option, { fields: { [fieldIds.application]: answer } });
  await story.decide("jonas.bergmann", key, "approve");
  expect(await story.isMember("alice.moreau", "notion-members")).toBe(true);

  const before = writes();
  const again = await publish();
  expect(writes()).toBe(before);
  expect(again.out).toContain(`${fieldIds.application}: nothing to change.`);
  expect(again.out).toContain("Nothing to change: policy version 2 is in force.");
});

test("what is closed leaves the form, and comes back under the option that it had", async () => {
  const { story, change, publish } = await publishing();
  await publish();
  expect(await shownOn(story, fieldIds.application, "25")).toContain("Zoom");
  change((text) => text.replace(/(name: Zoom\n(?:.*\n)*?\s+status: )approved/, "$1disabled"));
  const { out } = await publish();
  expect(out).toContain("  - Zoom (no longer shown)\n");
  expect(await shownOn(story, fieldIds.application, "25")).not.toContain("Zoom");
  change((text) => text.replace(/(name: Zoom\n(?:.*\n)*?\s+status: )disabled/, "$1approved"));
  const back = await publish();
  expect(back.err).toBe("");
  expect(back.out).toContain("  + Zoom (shown again)\n");
  expect(await shownOn(story, fieldIds.application, "25")).toContain("Something else");
});

test("a select field is kept filled with groups of JumpCloud", async () => {
  const { story, publish, options } = await publishing();
  await publish();
  expect(await shownOn(story, fieldIds.group, "26")).toEqual(["github-administrators", "github-developers"]);
  expect(options()).toMatch(new RegExp(`${groupOf("github-developers")}"?: "\\d+"`));
  await story.callJumpCloud("POST", "/api/v2/usergroups", { name: "github-auditors" });
  await story.callJumpCloud("DELETE", `/api/v2/usergroups/${groupOf("github-administrators")}`);
  const { out } = await publish();
  expect(out).toContain("  + github-auditors\n  - github-administrators (no longer shown)\n");
  expect(await shownOn(story, fieldIds.group, "26")).toEqual(["github-auditors", "github-developers"]);
});

test("with --json it is one document", async () => {
  const { publish } = await publishing();
  const { out } = await publish("--json");
  expect(JSON.parse(out)).toMatchObject({ fields: [{ field: fieldIds.application }, {}], version: 1 });
});

test("it signs in with another key where it is given one, and says what Jira does not let it do", async () => {
  const { story, at, publish, folder } = await publishing();
  const file = join(folder, "key.json");
  writeFileSync(file, JSON.stringify({ kind: "token", email: "leila.haddad@fernhill.example", token: "x" }));
  const asAgent = ["--policy", folder, "--jira", story.jira.url, "--jira-key", file];
  const refused = await at("catalog", "publish", ...asAgent);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("403") });
  writeFileSync(join(folder, "options.yaml"), "customfield_10050: nothing\n");
  expect(await publish()).toMatchObject({
    code: 1,
    err: expect.stringContaining('options.yaml:1:20 customfield_10050: found "nothing"'),
  });
});
