import { createHmac } from "node:crypto";
import { expect } from "vitest";
import { keys } from "../../local/world/company.ts";
import { fieldIds, fields } from "../../local/world/jira/fields.ts";
import { requestTypeById } from "../../local/world/jira/project.ts";
import { day, hour, option, personOf, type Story } from "../support/company-story.ts";
import type { Canaries } from "./canaries.ts";

/** What people do while the canaries are out: requests of each kind that are granted, ended, declined, refused, and that fail. */

const account = (login: string) => ({ accountId: personOf(login).accountId });

/** What a form asks in words. What is no ticket's key in the other two has the request refused. */
const wordFields: Set<string> = new Set(
  fields
    .filter(({ kind }) => kind === "text" || kind === "richText")
    .map(({ id }) => id)
    .filter((id) => id !== fieldIds.until && id !== fieldIds.incident),
);

/** Every question of the form that is answered in words. */
function filledIn(canaries: Canaries, requestTypeId: string): Record<string, string> {
  const { name, form } = requestTypeById(requestTypeId) ?? { name: "", form: [] };
  const answers = form
    .filter(({ fieldId }) => wordFields.has(fieldId))
    .map(({ fieldId }) => {
      const canary = canaries.at(`form “${name}”, ${fieldId}`);
      return [fieldId, fieldId === fieldIds.privateAddress ? `${canary}@private.example` : canary];
    });
  return Object.fromEntries(answers);
}

/** Requests for access, on every way to an end. */
export async function playAccess(story: Story, canaries: Canaries): Promise<void> {
  const ask = (who: string, what: string, more: object = {}) =>
    story.request(who, what, { duration: "1 day", fields: { ...filledIn(canaries, "25"), ...more } });

  const granted = await ask("alice.moreau", option.awsDeveloper);
  await say(story, granted.key, canaries);
  await story.decide("jonas.bergmann", granted.key, "approve");
  expect(await story.statusOf(granted.key)).toBe("granted");
  await story.pass(25 * hour);
  expect(await story.statusOf(granted.key)).toBe("ended");

  const declined = await ask("alice.moreau", option.githubDeveloper);
  await story.decide("jonas.bergmann", declined.key, "decline");
  expect(await story.stored(declined.id)).toMatchObject({ status: "declined" });

  for (const field of [fieldIds.until, fieldIds.incident]) {
    const refused = await ask("alice.moreau", option.awsDeveloper, {
      [field]: canaries.at(`access form, ${field}`),
    });
    expect(await story.stored(refused.id)).toMatchObject({ status: "refused" });
  }
  await ask("alice.moreau", option.slackAllStaff);
  const handed = await ask("alice.moreau", option.somethingElse);
  expect(await story.stored(handed.id)).toMatchObject({ status: "refused" });

  const withdrawn = await ask("chloe.dubois", option.figmaEditor);
  await story.press("chloe.dubois", withdrawn.key, "cancelRequest");
  const byHand = await ask("alice.moreau", option.awsDeveloper);
  await story.move("oskar.weiss", byHand.key, "skipApproval");
  await story.pass(10_000);
  expect(await story.stored(byHand.id)).toMatchObject({ status: "blocked" });

  const failed = await ask("alice.moreau", option.githubDeveloper);
  story.jumpcloud.faults.add({ method: "POST", path: /members$/, status: 403 });
  await story.decide("jonas.bergmann", failed.key, "approve");
  expect(await story.stored(failed.id)).toMatchObject({ status: "failed" });
  story.jumpcloud.faults.clear();
}

/** People talk on a ticket. */
async function say(story: Story, key: string, canaries: Canaries): Promise<void> {
  const path = `/rest/servicedeskapi/request/${key}/comment`;
  for (const isPublic of [true, false])
    await story.call("nadia.rahman", "POST", path, { body: canaries.at("a comment"), public: isPublic });
  await story.settle();
}

/** A new colleague, whose form is a person; somebody who moves, and somebody who leaves. */
export async function playActions(story: Story, canaries: Canaries): Promise<void> {
  const newColleague = () => ({
    ...filledIn(canaries, "30"),
    [fieldIds.manager]: account("jonas.bergmann"),
    [fieldIds.start]: new Date(story.clock.now() + hour).toISOString(),
  });
  for (const end of ["done", "failed"]) {
    const { key, id } = await story.ask("samuel.adeyemi", "30", newColleague());
    if (end === "failed")
      story.jumpcloud.faults.add({ method: "POST", path: /systemusers$/, status: 403, times: 4 });
    await story.decide("beatrice.conti", key, "approve");
    await story.pass(2 * hour);
    story.jumpcloud.faults.clear();
    expect(await story.storedActions(id)).toMatchObject({ status: end });
  }
  const mover = await story.ask("samuel.adeyemi", "32", {
    ...filledIn(canaries, "32"),
    [fieldIds.beneficiary]: account("alice.moreau"),
    [fieldIds.manager]: account("lucia.romano"),
  });
  await story.decide("beatrice.conti", mover.key, "approve");
  await story.edit("alice.moreau", { account_locked: true });
  const locked = await story.ask("alice.moreau", "27", filledIn(canaries, "27"));
  await story.decide("oskar.weiss", locked.key, "approve");
  expect(await story.storedActions(locked.id)).toMatchObject({ status: "done" });
  const leaver = await story.ask("samuel.adeyemi", "31", {
    ...filledIn(canaries, "31"),
    [fieldIds.beneficiary]: account("alice.moreau"),
    [fieldIds.manager]: account("jonas.bergmann"),
  });
  await story.decide("beatrice.conti", leaver.key, "approve");
  await story.decide("amara.diallo", leaver.key, "approve");
  await story.pass(day);
}

/** Deliveries with and without proof, each with canaries in everything but what makes them a doorbell. */
export async function deliver(
  story: Story,
  canaries: Canaries,
  issue: { id: string; key: string },
): Promise<void> {
  const body = (what: string) =>
    JSON.stringify({
      timestamp: story.clock.now(),
      webhookEvent: canaries.at(`${what}, event`),
      issue: {
        ...issue,
        self: canaries.at(`${what}, issue.self`),
        fields: { summary: canaries.at(`${what}, summary`) },
      },
      user: {
        accountId: personOf("alice.moreau").accountId,
        displayName: canaries.at(`${what}, displayName`),
      },
      comment: { body: canaries.at(`${what}, comment`) },
      changelog: { items: [{ fieldId: "summary", toString: canaries.at(`${what}, changelog`) }] },
      [canaries.at(`${what}, name of a member`)]: canaries.at(`${what}, unknown member`),
    });
  const sign = (text: string, secret: string) =>
    `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`;
  const post = async (what: string, path: string, text: string, headers: Record<string, string>) => {
    const answer = await fetch(`${story.runtime.url}${path}?q=${canaries.at(`${what}, query`)}`, {
      method: "POST",
      body: text,
      headers: {
        "content-type": "application/json",
        "user-agent": canaries.at(`${what}, header`),
        "x-atlassian-webhook-identifier": canaries.at(`${what}, identifier`),
        cookie: canaries.at(`${what}, cookie`),
        ...headers,
      },
    });
    expect(canaries.foundIn(await answer.text())).toEqual([]);
    return answer.status;
  };
  const proven = body("signed webhook");
  expect(
    await post("signed webhook", "/webhooks/jira", proven, {
      "x-hub-signature": sign(proven, keys.webhookSecret),
    }),
  ).toBe(202);
  const forged = body("forged webhook");
  expect(
    await post("forged webhook", "/webhooks/jira", forged, {
      "x-hub-signature": sign(forged, "another secret"),
    }),
  ).toBe(401);
  const rule = body("automation rule");
  expect(
    await post("automation rule", "/webhooks/automation", rule, {
      authorization: `Bearer ${keys.automationToken}`,
    }),
  ).toBe(202);
  const stranger = { authorization: `Bearer ${canaries.at("automation rule, wrong token")}` };
  expect(await post("wrong token", "/webhooks/automation", body("wrong token"), stranger)).toBe(401);
  const broken = `${canaries.at("a body that is no JSON")}`;
  expect(
    await post("broken", "/webhooks/jira", broken, { "x-hub-signature": sign(broken, keys.webhookSecret) }),
  ).toBe(400);
  await story.settle();
}
