import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { keys } from "../../local/world/company.ts";
import { signature } from "../../local/world/jira/deliveries.ts";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { figure } from "../../proof/figure.ts";
import { firstBreak } from "../../src/audit/audit-trail.ts";
import { groupOf, personOf } from "../support/company-story.ts";
import { type Hybrid, openHybrid } from "./hybrid.ts";
import { install } from "./ministack.ts";

const aws: [string, string] = ["10102", "10203"];
const minute = 60_000;
const hour = 60 * minute;

beforeAll(() => install(), 6 * 60_000);

const until = <Value>(look: () => Promise<Value>) => vi.waitUntil(look, { timeout: 60_000, interval: 50 });

const userOf = (login: string) => personOf(login).jumpcloudId;

async function isMember({ atJumpCloud }: Hybrid, login: string, group: string): Promise<boolean> {
  const groups = await atJumpCloud("GET", `/api/v2/users/${userOf(login)}/memberof?limit=100`);
  return (groups as { id: string }[]).some(({ id }) => id === groupOf(group));
}

/** The approver decides as soon as Latchkey asks. */
async function approve({ jira }: Hybrid, approver: string, key: string, decision = "approve"): Promise<void> {
  const id = await until(() => jira.pendingApproval(approver, key));
  const path = `/rest/servicedeskapi/request/${key}/approval/${id}`;
  expect((await jira.call(approver, "POST", path, { decision })).status).toBe(200);
}

const becomes = ({ jira }: Hybrid, key: string, status: string) =>
  until(async () => (await jira.status(key)) === status);

/** A webhook's answer: one signed with the given secret, or not at all. */
async function posted({ webhooks, clock }: Hybrid, secret?: string): Promise<number> {
  const issue = { id: "10001", key: "IT-1" };
  const body = JSON.stringify({ timestamp: clock.now(), webhookEvent: "jira:issue_created", issue });
  const headers = secret === undefined ? {} : { "x-hub-signature": signature(secret, body) };
  return (await fetch(`${webhooks}/webhooks/jira`, { method: "POST", headers, body })).status;
}

describe("on MiniStack, with the Step Functions of the local runtime,", () => {
  let hybrid: Hybrid;
  beforeAll(async () => {
    hybrid = await openHybrid();
  }, 5 * 60_000);
  afterAll(() => hybrid?.stop());

  test("the CDK's own command deploys the synthesized template", () => {
    const { resources, byNameOnly } = hybrid.deployed;
    figure("resources that the CDK's command deployed to MiniStack, the template unchanged", resources);
    figure("of those, taken by their names only, since MiniStack has no equal of them", byNameOnly.length);
    for (const [type, ones] of Map.groupBy(byNameOnly, (one) => one))
      console.log(`by name only: ${ones.length} ${type}`);
    expect(new Set(byNameOnly)).toEqual(
      new Set(["AWS::CloudWatch::Alarm", "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"]),
    );
  });

  test("access is asked for, approved, granted, seen in JumpCloud, and taken away when its time is over", async () => {
    const { key, id } = await hybrid.jira.raise("alice.moreau", aws, "4 hours");
    expect(await isMember(hybrid, "alice.moreau", "aws-developers")).toBe(false);
    await approve(hybrid, "jonas.bergmann", key);
    await becomes(hybrid, key, "Granted");
    expect(await isMember(hybrid, "alice.moreau", "aws-developers")).toBe(true);
    expect(await hybrid.runs()).toEqual({ [`${key}-1`]: "RUNNING" });

    const fourHoursLater = hybrid.clock.now() + 4 * hour;
    await until(async () => {
      if (!hybrid.clock.isBusy) hybrid.clock.skip(10 * minute);
      return (await hybrid.jira.status(key)) === "Ended";
    });
    expect(hybrid.clock.now()).toBeGreaterThan(fourHoursLater - minute);
    expect(await isMember(hybrid, "alice.moreau", "aws-developers")).toBe(false);
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
    expect(await isMember(hybrid, "alice.moreau", "aws-developers")).toBe(false);
  });

  test("an account that is locked is unlocked, as soon as somebody of IT says who asks", async () => {
    const { jira, atJumpCloud } = hybrid;
    const user = () => atJumpCloud("GET", `/api/systemusers/${userOf("alice.moreau")}`);
    await atJumpCloud("PUT", `/_simulated/users/${userOf("alice.moreau")}`, { account_locked: true });
    expect(await user()).toMatchObject({ account_locked: true });
    const { body } = await jira.call("alice.moreau", "POST", "/rest/servicedeskapi/request", {
      serviceDeskId: "1",
      requestTypeId: "27",
      requestFieldValues: { [fieldIds.summary]: "I cannot sign in" },
    });
    await approve(hybrid, "oskar.weiss", body.issueKey);
    await becomes(hybrid, body.issueKey, "Done");
    expect(await user()).toMatchObject({ account_locked: false });
  });

  test("a webhook that is not signed is refused", async () => {
    expect(await posted(hybrid)).toBe(401);
    expect(await posted(hybrid, "another secret")).toBe(401);
  });

  test("MiniStack's own permission check allows every call of the functions and the state machines", () => {
    const { allowed, refused } = hybrid.checked();
    const roles = new Set(allowed.map(({ role }) => role));
    const rights = new Set(allowed.map(({ role, action }) => `${role} ${action}`));
    figure(
      "MiniStack's own permission check",
      `${allowed.length} calls by ${rights.size} rights of ${roles.size} roles allowed, ${refused.length} refused`,
    );
    expect(refused).toEqual([]);
    expect(roles.size).toBeGreaterThanOrEqual(13);
  });

  test("and refuses what the template does not allow", async () => {
    expect(await posted(hybrid, keys.webhookSecret)).toBe(202);
    await hybrid.takeRights("receive-webhook");
    expect(await posted(hybrid, keys.webhookSecret)).toBe(503);
    expect(hybrid.checked().refused).toEqual([
      { role: "latchkey-local-receive-webhook", action: "sqs:SendMessage" },
    ]);
  });
});
