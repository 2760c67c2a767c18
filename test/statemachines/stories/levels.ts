import { describe, expect, test } from "vitest";
import {
  day,
  groupOf,
  minute,
  openStory,
  option,
  policyWith,
  type Story,
} from "../../support/company-story.ts";

const withLevels = policyWith(({ catalog }) => {
  for (const application of catalog.applications)
    if (application.id === "github") application.levels = ["developer", "administrator"];
});

async function give(story: Story, level: string, duration: string) {
  const issue = await story.request("alice.moreau", level, { duration });
  await story.decide("jonas.bergmann", issue.key, "approve");
  await story.decide("dana.kowalski", issue.key, "approve");
  return issue;
}

const developer = (story: Story) => story.isMember("alice.moreau", "github-developers");
const administrator = (story: Story) => story.isMember("alice.moreau", "github-administrators");

describe("levels of one application", () => {
  test("whoever is given one loses the other, and never has neither", async () => {
    const story = await openStory({ policy: withLevels, sweeping: true });
    const low = await give(story, option.githubDeveloper, "90 days");
    expect(await developer(story)).toBe(true);
    const changes: string[] = [];
    story.listeners.push((event) => {
      if (event.source === "jumpcloud" && event.group) changes.push(`${event.type}: ${event.group.name}`);
    });
    const high = await give(story, option.githubAdministrator, "1 day");
    expect([await developer(story), await administrator(story)]).toEqual([false, true]);
    expect(changes).toEqual(["member added: github-administrators", "member removed: github-developers"]);
    expect(await story.statusOf(high.key)).toBe("granted");

    await story.pass(20 * minute);
    expect(await story.statusOf(low.key)).toBe("ended");
    expect((await story.comments(low.key)).at(-1)?.text).toContain("another level");
    await story.pass(2 * day);
    expect([await developer(story), await administrator(story)]).toEqual([false, false]);
  });

  test("access without an end is changed too", async () => {
    const story = await openStory({ policy: withLevels, sweeping: true });
    const low = await give(story, option.githubDeveloper, "Permanent");
    await give(story, option.githubAdministrator, "1 day");
    await story.pass(20 * minute);
    expect(await developer(story)).toBe(false);
    expect(await story.statusOf(low.key)).toBe("ended");
  });

  test("the old one stays when the new one cannot be given", async () => {
    const story = await openStory({ policy: withLevels, sweeping: true });
    const low = await give(story, option.githubDeveloper, "90 days");
    story.jumpcloud.faults.add({ method: "POST", path: /members$/, status: 403 });
    const high = await give(story, option.githubAdministrator, "1 day");
    expect(await story.statusOf(high.key)).toBe("needsAttention");
    await story.pass(day);
    expect([await developer(story), await administrator(story)]).toEqual([true, false]);
    expect(await story.statusOf(low.key)).toBe("granted");
  });

  test("a run that dies before the old one is gone makes up for it", async () => {
    const story = await openStory({ policy: withLevels, sweeping: true });
    await give(story, option.githubDeveloper, "90 days");
    const path = new RegExp(`${groupOf("github-developers")}/members$`);
    const end = story.jumpcloud.faults.add({ method: "POST", path, status: 503 });
    await give(story, option.githubAdministrator, "1 day");
    expect(await administrator(story)).toBe(true);
    end();
    await story.pass(20 * minute);
    expect([await developer(story), await administrator(story)]).toEqual([false, true]);
  });
});
