import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { retryRequest } from "../../cli/request-commands.ts";
import { people } from "../../local/world/company.ts";
import { hour, minute, openStory, option, type Story } from "../support/company-story.ts";
import type { Expected } from "./once.ts";
import { watch } from "./watch.ts";

type Issue = { key: string; id: string };

const loginOf = (accountId?: string) =>
  people.find((person) => person.accountId === accountId)?.email.split("@")[0] ?? "";

const wishes = [option.githubDeveloper, option.zoom, option.notionMember].flatMap((asked) =>
  people
    .filter(({ state }) => state === "ACTIVATED")
    .map(({ accountId }) => ({ asked, login: loginOf(accountId) })),
);

async function decide(story: Story, issue: Issue, decision: "approve" | "decline"): Promise<void> {
  const request = await story.stored(issue.id);
  const [approver] = request.status === "asked" ? request.asked.approvers : [];
  await story.decideOnly(loginOf(approver), issue.key, decision);
}

/**
 * So many requests wait for an approval when the stack goes down and comes up again from what it has kept. A quarter of them was
 * approved shortly before, and the webhooks were on their way; a quarter is approved after it; a quarter had failed, and is tried
 * again after it; and a quarter is declined after it. Fails when one of them was not done once.
 */
export async function restartWith(count: number): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), "latchkey-restart-"));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const first = await openStory({ state });
  const earlier = await watch(first);
  const issues: Issue[] = [];
  for (const { login, asked } of wishes.slice(0, count)) issues.push(await first.raise(login, asked));
  await first.pass(5 * minute);
  const quarter = (rest: number) => issues.filter((_, index) => index % 4 === rest);

  const end = first.jumpcloud.faults.add({ path: /\/memberof$/, status: 403 });
  for (const issue of quarter(2)) await decide(first, issue, "approve");
  await first.pass(5 * minute);
  end();
  first.jira.deliveryFaults.add({ effect: "delay", delayMs: 10 * minute });
  for (const issue of quarter(0)) await decide(first, issue, "approve");
  await first.stop();

  const second = await openStory({ state, clock: first.clock });
  const watched = await watch(second, { earlier });
  for (const issue of quarter(1)) await decide(second, issue, "approve");
  for (const issue of quarter(2))
    await retryRequest(second.operator, issue.key, { json: false, write: () => {} });
  for (const issue of quarter(3)) await decide(second, issue, "decline");
  await second.pass(hour);

  const { before } = watched.seen();
  const all: [Issue, Expected][] = [];
  for (const [index, issue] of issues.entries()) {
    const request = await second.stored(issue.id);
    const { groups = [], beneficiary } = ("pin" in request && request.pin) || {};
    const added = groups.filter((group) => !before[group]?.includes(beneficiary?.userId ?? ""));
    const changes = Object.fromEntries(added.map((group) => [group, ["add"]]));
    if (index % 4 === 3) all.push([issue, { status: "declined" }]);
    else if (index % 4 === 2)
      all.push([issue, { status: "granted", changes, runs: ["FAILED", "SUCCEEDED"] }]);
    else all.push([issue, { status: "granted", changes }]);
  }
  await watched.expectAllOnce(all);
}
