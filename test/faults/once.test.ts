import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { groupOf, openStory, option, personOf } from "../support/company-story.ts";
import { faults } from "./list.ts";
import { callsOfLatchkey, notOnce, type Recording } from "./once.ts";
import { watch } from "./watch.ts";

let granted: Recording;
const expected = { status: "granted" } as const;
const github = groupOf("github-developers");
const alice = personOf("alice.moreau");

const isWrite = ({ method, path }: Recording["jumpcloud"][number]) =>
  method === "POST" && path.endsWith("/members");
const isApproval = ({ method, path }: Recording["jira"][number]) =>
  method === "POST" && path.includes("/approval/");

test("an ordinary grant was done once", async () => {
  const story = await openStory();
  const watched = await watch(story);
  const issue = await story.request("alice.moreau", option.githubDeveloper);
  await story.decide("jonas.bergmann", issue.key, "approve");
  granted = await watched.expectOnce(issue, expected);
  expect(callsOfLatchkey(granted.jira).length).toBeGreaterThan(3);
  expect(notOnce(granted, { status: "ended" })).not.toEqual([]);
});

describe("it is seen when", () => {
  beforeAll(() => expect(granted).toBeDefined());

  type Case = [title: string, forge: (recording: Recording) => void, finding: string];
  test.each<Case>([
    [
      "there were two executions",
      (it) => it.executions.push({ name: `${it.issueKey}-1-run2`, status: "SUCCEEDED" }),
      "executions: ",
    ],
    [
      "the execution did not end",
      (it) => Object.assign(it.executions[0] ?? {}, { status: "RUNNING" }),
      "executions: ",
    ],
    [
      "one name was started with two inputs",
      (it) => {
        const start = it.aws.find(({ operation }) => operation === "StartExecution");
        if (start) it.aws.push({ ...start, input: { ...(start.input as object), input: "{}" } });
      },
      "started with two inputs",
    ],
    [
      "a right was missing",
      (it) => Object.assign(it.aws[0] ?? {}, { outcome: "AccessDeniedException" }),
      " may not ",
    ],
    [
      "the membership was given, taken and given again",
      (it) => {
        const write = it.jumpcloud.find(isWrite);
        if (write)
          it.jumpcloud.push({ ...write, request: { ...(write.request as object), op: "remove" } }, write);
      },
      `changes of ${github}`,
    ],
    [
      "it was written again although it had been answered",
      (it) => {
        const write = it.jumpcloud.find(isWrite);
        if (write) it.jumpcloud.push({ ...write, status: 409 });
      },
      "1 writes that changed nothing",
    ],
    ["it was not given", (it) => it.now[github]?.splice(0), `member of ${github}: false`],
    ["somebody else got in", (it) => it.now[groupOf("security-team")]?.push("somebody"), "members of "],
    [
      "the ticket was closed twice",
      (it) => it.moves.push({ to: "Granted", by: "Latchkey" }),
      "closed twice: Granted",
    ],
    ["the ticket is elsewhere", (it) => it.moves.push({ to: "Open", by: "Latchkey" }), "ticket: "],
    ["the ticket was told twice", (it) => it.comments.push(...it.comments), "said twice"],
    [
      "nobody approved it",
      (it) => {
        it.jira = it.jira.filter((call) => !isApproval(call));
      },
      "access without an approval",
    ],
    [
      "the requester approved it",
      (it) => {
        for (const call of it.jira.filter(isApproval)) call.by = alice.accountId;
      },
      "access without an approval",
    ],
    [
      "it was approved after the fact",
      (it) => {
        for (const call of it.jira.filter(isApproval)) call.at += 3_600_000;
      },
      "access without an approval",
    ],
    [
      "an audit entry was changed",
      (it) => Object.assign(it.trail[2] ?? {}, { by: ["somebody"] }),
      "break of the audit trail: 3",
    ],
    ["the last audit entry is gone", (it) => it.trail.pop(), "last entry of the audit trail"],
    [
      "access was granted twice by the audit trail",
      (it) => it.trail.push(...it.trail.filter(({ action }) => action === "access.granted")),
      "access.granted: 2",
    ],
    ["the ledger does not know of it", (it) => it.ledger.splice(0), "groups held in the ledger"],
    [
      "JumpCloud does not agree with the ledger",
      (it) => it.now[github]?.splice(0),
      "in the ledger, and not in JumpCloud",
    ],
    ["a message was given up", (it) => Object.assign(it, { deadLetters: 1 }), "dead letters: 1"],
    ["the request was opened again", (it) => Object.assign(it.request, { generation: 2 }), "generation: 2"],
  ])("%s", (_, forge, finding) => {
    const forged = structuredClone(granted);
    forge(forged);
    expect(notOnce(forged, expected).join("\n")).toContain(finding);
  });
});

test("every fault of the list has its test", () => {
  const files = readdirSync("test/faults").filter((file) => file.endsWith(".test.ts"));
  const text = files.map((file) => readFileSync(`test/faults/${file}`, "utf8")).join("\n");
  const untested = Object.keys(faults).filter((number) => !text.includes(`fault(${number})`));
  expect(untested).toEqual([]);
});
