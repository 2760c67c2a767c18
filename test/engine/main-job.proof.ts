import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { figure } from "../../proof/figure.ts";
import { firstBreak } from "../../src/audit/audit-trail.ts";
import { type Hybrid, openHybrid } from "./hybrid.ts";
import { install } from "./ministack.ts";

const aws: [string, string] = ["10102", "10203"];
const minute = 60_000;
const hour = 60 * minute;

beforeAll(() => install(), 6 * 60_000);

const until = <Value>(look: () => Promise<Value>) => vi.waitUntil(look, { timeout: 60_000, interval: 50 });

/** The approver decides as soon as Latchkey asks. */
async function approve({ jira }: Hybrid, approver: string, key: string, decision = "approve"): Promise<void> {
  const id = await until(() => jira.pendingApproval(approver, key));
  const path = `/rest/servicedeskapi/request/${key}/approval/${id}`;
  expect((await jira.call(approver, "POST", path, { decision })).status).toBe(200);
}

const becomes = ({ jira }: Hybrid, key: string, status: string) =>
  until(async () => (await jira.status(key)) === status);

describe("on MiniStack, with the Step Functions of the local runtime,", () => {
  let hybrid: Hybrid;
  beforeAll(async () => {
    hybrid = await openHybrid();
  }, 5 * 60_000);
  afterAll(() => hybrid?.stop());

  test("the CDK's own command deploys the synthesized template", () => {
    const { resources, leftOut } = hybrid.deployed;
    figure("resources that the CDK's command deployed to MiniStack", resources);
    for (const [because, ones] of Map.groupBy(leftOut, (one) => one.because))
      console.log(`left out: ${ones.length}, because ${because}`);
    figure("resources of the template that MiniStack has no equal of", leftOut.length);
  });

  test("access is asked for, approved, granted, seen in JumpCloud, and taken away when its time is over", async () => {
    const { key, id } = await hybrid.jira.raise("alice.moreau", aws, "4 hours");
    expect(await hybrid.isMember("alice.moreau", "aws-developers")).toBe(false);
    await approve(hybrid, "jonas.bergmann", key);
    await becomes(hybrid, key, "Granted");
    expect(await hybrid.isMember("alice.moreau", "aws-developers")).toBe(true);
    expect(await hybrid.runs()).toEqual({ [`${key}-1`]: "RUNNING" });

    const fourHoursLater = hybrid.clock.now() + 4 * hour;
    await until(async () => {
      if (!hybrid.clock.isBusy) hybrid.clock.skip(10 * minute);
      return (await hybrid.jira.status(key)) === "Ended";
    });
    expect(hybrid.clock.now()).toBeGreaterThan(fourHoursLater - minute);
    expect(await hybrid.isMember("alice.moreau", "aws-developers")).toBe(false);
    await until(async () => (await hybrid.runs())[`${key}-1`] === "SUCCEEDED");
    const trail = await hybrid.connection.audit.entries(`${id}-1`);
    expect(firstBreak(trail)).toBeUndefined();
    expect(trail.map(({ action }) => action)).toEqual([
      "request.opened",
      "request.checked",
      "approval.asked",
      "approval.given",
      "access.intended",
      "access.granted",
      "ticket.told",
      "holder.warned",
      "access.ended",
      "ticket.told",
    ]);
    figure("entries of the audit trail of that request, its chain whole", trail.length);
  });

  test("what the approver declines, nobody gets", async () => {
    const { key } = await hybrid.jira.raise("alice.moreau", aws, "4 hours");
    await approve(hybrid, "jonas.bergmann", key, "decline");
    await becomes(hybrid, key, "Declined");
    expect(await hybrid.isMember("alice.moreau", "aws-developers")).toBe(false);
  });

  test("a webhook that is not signed is refused", async () => {
    const body = JSON.stringify({ timestamp: hybrid.clock.now(), webhookEvent: "jira:issue_created" });
    const post = (headers: Record<string, string>) =>
      fetch(`${hybrid.webhooks}/webhooks/jira`, { method: "POST", headers, body });
    expect((await post({})).status).toBe(401);
    expect((await post({ "x-hub-signature": `sha256=${"0".repeat(64)}` })).status).toBe(401);
  });
});
