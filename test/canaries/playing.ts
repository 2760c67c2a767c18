import { fieldIds } from "../../local/world/jira/fields.ts";
import { hour, openStory, option, type Story } from "../support/company-story.ts";
import { badNowAndThen, kindsOfBadAnswers } from "./bad-answers.ts";
import { Canaries } from "./canaries.ts";
import { hitsIn } from "./hits.ts";
import { plantAnswers } from "./planted-world.ts";
import { everythingKept } from "./sinks.ts";

/** Plays requests of both machines, rounds of them, while Jira and JumpCloud answer some of the calls badly. */
export async function playWithBadAnswers(rounds: number) {
  const story = await openStory();
  const canaries = new Canaries();
  const bad = badNowAndThen(canaries, 4);
  await plantAnswers(story, canaries, bad.tamper);
  const statuses = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const fields = { [fieldIds.reason]: canaries.at("access form, reason") };
    const request = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 hour", fields });
    await story.decide("jonas.bergmann", request.key, "approve");
    await story.edit("alice.moreau", { account_locked: true });
    const locked = await story.ask("alice.moreau", "27");
    await story.decide("oskar.weiss", locked.key, "approve");
    await story.pass(2 * hour);
    for (const { id } of [request, locked]) statuses.add(await statusOf(story, id));
  }
  const kept = await everythingKept(story);
  return {
    planted: canaries.planted,
    searched: kept.length,
    hits: hitsIn(kept, canaries),
    statuses,
    given: bad.given.size,
    possible: bad.calls.size * kindsOfBadAnswers,
  };
}

async function statusOf(story: Story, id: string): Promise<string> {
  return (await story.operator.anyRequests.latest(id))?.status ?? "unknown";
}
