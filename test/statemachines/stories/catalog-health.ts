import { expect, test } from "vitest";
import { applications } from "../../../local/world/company.ts";
import {
  day,
  groupOf,
  minute,
  openStory,
  option,
  personOf,
  type Story,
} from "../../support/company-story.ts";

const github = applications.find(({ label }) => label === "GitHub")?.id;

function bind(story: Story, op: "add" | "remove") {
  return story.callJumpCloud("POST", `/api/v2/usergroups/${groupOf("github-developers")}/associations`, {
    op,
    type: "application",
    id: github,
  });
}

/** The tickets that Latchkey made, with who reads them. */
async function toldTo(story: Story): Promise<{ key: string; summary: string; reporter: string }[]> {
  const { body } = await story.call("nadia.rahman", "POST", "/rest/api/3/search/jql", {
    jql: "project = ACC ORDER BY created ASC",
    fields: ["summary", "reporter"],
  });
  type Found = { key: string; fields: { summary: string; reporter: { accountId: string } } };
  return body.issues
    .filter(({ fields }: Found) => fields.summary.includes("cannot be requested"))
    .map(({ key, fields: { summary, reporter } }: Found) => ({ key, summary, reporter: reporter.accountId }));
}

test("an entitlement whose group no longer opens its application is closed until it does, and its owner hears of it", async () => {
  const story = await openStory({ checkingCatalog: true });
  await bind(story, "remove");
  const waiting = await story.request("alice.moreau", option.githubDeveloper);
  await story.pass(day / 4);
  const told = (await toldTo(story)).filter(({ summary }) => summary.startsWith("GitHub"));
  expect(told).toEqual([
    {
      key: expect.any(String),
      summary: "GitHub: Developer cannot be requested at present",
      reporter: personOf("dana.kowalski").accountId,
    },
  ]);

  const refused = await story.request("tariq.aziz", option.githubDeveloper);
  expect(await story.statusOf(refused.key)).toBe("closed");
  expect((await story.comments(refused.key)).at(-1)).toMatchObject({
    public: true,
    text: expect.stringContaining(
      "GitHub: Developer cannot be requested: none of its groups opens the application in JumpCloud.",
    ),
  });
  await story.decide("jonas.bergmann", waiting.key, "approve");
  expect(await story.statusOf(waiting.key)).toBe("closed");
  expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);

  await bind(story, "add");
  await story.pass(day / 2);
  const again = await story.request("alice.moreau", option.githubDeveloper);
  await story.decide("jonas.bergmann", again.key, "approve");
  expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  const [{ key = "" } = {}] = told;
  expect((await story.comments(key)).map(({ text }) => text.split("\n")[0])).toEqual([
    "Everything is well again and can be requested. Nothing more is to be done here.",
  ]);
});

test("a JumpCloud that suddenly shows no group at all closes nothing", async () => {
  const story = await openStory({ checkingCatalog: true });
  const { body } = await story.callJumpCloud("GET", "/api/v2/usergroups?limit=100");
  for (const { id } of body) await story.callJumpCloud("DELETE", `/api/v2/usergroups/${id}`);
  await story.pass(day / 4);
  expect(story.host.invocations.find(({ name }) => name === "sync-catalog")?.error).toContain(
    "CatalogSuspectError",
  );
  expect((await story.operator.findings.health()).closed).toEqual({});
});

test("a JumpCloud that says 429 is compared with more slowly", async () => {
  const story = await openStory({ checkingCatalog: true });
  story.jumpcloud.faults.add({ status: 429, times: 1 });
  await story.pass(day / 4 + minute);
  expect((await story.operator.findings.health()).at).toBeGreaterThan(0);
});

test("who has what nobody should have together is told to those who look after it, and nothing is taken away", async () => {
  const story = await openStory({ checkingCatalog: true });
  const { jumpcloudId: user } = personOf("alice.moreau");
  for (const group of ["aws-billing", "aws-administrators"])
    await story.callJumpCloud("POST", `/api/v2/usergroups/${groupOf(group)}/members`, {
      op: "add",
      type: "user",
      id: user,
    });
  await story.pass(day / 4 + minute);
  const { violations } = await story.operator.findings.separation();
  expect(violations).toContainEqual({
    separation: "spend-and-see",
    userId: user,
    has: ["aws/billing", "aws/administrator"],
  });
  expect(await story.isMember("alice.moreau", "aws-administrators")).toBe(true);
});
