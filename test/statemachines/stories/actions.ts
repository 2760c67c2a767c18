import { describe, expect, test } from "vitest";
import { fieldIds } from "../../../local/world/jira/fields.ts";
import type { ActionRule } from "../../../src/actions/action-rules.ts";
import type { Row } from "../../../src/actions/row.ts";
import type { PolicyFiles } from "../../../src/policy-files/read-policy-files.ts";
import {
  day,
  groupOf,
  minute,
  openStory,
  personOf,
  policyWith,
  type Story,
} from "../../support/company-story.ts";

/** Stories of requests for actions, by the example rules of `policy/actions.yaml`. */

const signIn = "27";
const vpn = "28";
const stop = "29";

const account = (login: string) => ({ accountId: personOf(login).accountId });
const userId = (login: string) => personOf(login).jumpcloudId;
const team = (...logins: string[]) => ({ [fieldIds.people]: logins.map(account) });
const lock = (story: Story, login: string) => story.edit(login, { account_locked: true });
const isLocked = async (story: Story, login: string) => (await story.user(login)).account_locked;
const texts = async (story: Story, key: string) =>
  (await story.comments(key)).map((one) => one.text).join("\n");
const happened = (story: Story) => story.events.map(({ type }) => type);

/** The example rules, with changes to the one of that id. */
function withRule(id: string, change: (rule: ActionRule, files: PolicyFiles) => void): PolicyFiles {
  return policyWith((files) => {
    const rule = files.policy.actions?.rules.find((one) => one.id === id);
    if (!rule) throw new Error(`there is no rule ${id}`);
    change(rule, files);
  });
}

async function rowsOf(story: Story, id: string): Promise<Row[]> {
  return story.operator.rows.all(`${id}-1`);
}

describe("an account that is locked", () => {
  test("is unlocked when somebody of IT says that they know who asks", async () => {
    const story = await openStory();
    await lock(story, "alice.moreau");
    const { key, id } = await story.ask("alice.moreau", signIn);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await isLocked(story, "alice.moreau")).toBe(true);
    await story.decide("oskar.weiss", key, "approve");
    expect(await isLocked(story, "alice.moreau")).toBe(false);
    expect(await story.statusOf(key)).toBe("done");
    expect(await story.storedActions(id)).toMatchObject({ status: "done", told: ["done"] });
    expect((await story.comments(key)).at(-1)).toMatchObject({ public: true });
    expect(await texts(story, key)).toMatch(/unlock-account\W+done/);
    expect(await story.executions("directory-action")).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
    expect(await story.actions(id)).toEqual([
      "request.opened",
      "request.checked",
      "approval.asked",
      "approval.given",
      "actions.done",
      "ticket.told",
    ]);
    const trail = await story.operator.audit.entries(`${id}-1/0`);
    expect(trail.map(({ action }) => action)).toEqual(["action.intended", "action.done"]);
  });

  test("is unlocked once, and its ticket is done, although the run failed when it had told the ticket", async () => {
    const story = await openStory();
    story.host.fail({ function: "report-actions", error: "TypeError", times: 1, after: true });
    await lock(story, "alice.moreau");
    const { key, id } = await story.ask("alice.moreau", signIn);
    await story.decide("oskar.weiss", key, "approve");
    expect(await story.statusOf(key)).toBe("needsAttention");
    await story.move("nadia.rahman", key, "tryAgain");
    expect(await story.statusOf(key)).toBe("done");
    expect((await story.actions(id)).filter((action) => action === "ticket.told")).toHaveLength(1);
    const trail = await story.operator.audit.entries(`${id}-1/0`);
    expect(trail.map(({ action }) => action)).toEqual(["action.intended", "action.done"]);
  });

  test("that is not locked is told so", async () => {
    const story = await openStory();
    const { key } = await story.ask("alice.moreau", signIn);
    await story.decide("oskar.weiss", key, "approve");
    expect(await texts(story, key)).toMatch(/unlock-account\W+already so/);
    expect(await story.statusOf(key)).toBe("done");
  });

  test.each([
    ["declined", "declined", (story: Story, key: string) => story.decide("oskar.weiss", key, "decline")],
    [
      "cancelled",
      "canceled",
      (story: Story, key: string) => story.press("alice.moreau", key, "cancelRequest"),
    ],
    ["forgotten for a week", "closed", (story: Story) => story.pass(7 * day)],
  ])("stays locked when the request is %s", async (_, status, end) => {
    const story = await openStory();
    await lock(story, "alice.moreau");
    const { key } = await story.ask("alice.moreau", signIn);
    await end(story, key);
    await story.pass(minute);
    expect(await story.statusOf(key)).toBe(status);
    expect(await isLocked(story, "alice.moreau")).toBe(true);
    expect(happened(story)).not.toContain("user unlocked");
  });

  test("stays locked when an agent moves the ticket on without an approval", async () => {
    const story = await openStory();
    await lock(story, "alice.moreau");
    const { key, id } = await story.ask("alice.moreau", signIn);
    await story.move("leila.haddad", key, "skipApproval");
    await story.pass(minute);
    expect(await story.storedActions(id)).toMatchObject({ status: "blocked" });
    expect(await isLocked(story, "alice.moreau")).toBe(true);
  });

  test("is not unlocked by the word of whoever is locked out, however the policy is", async () => {
    const story = await openStory({
      policy: policyWith(({ policy }) => {
        const self = { jiraUser: personOf("oskar.weiss").accountId };
        policy.approvals.it = { stages: [{ ask: [self] }] };
      }),
    });
    await lock(story, "oskar.weiss");
    const { key } = await story.ask("oskar.weiss", signIn);
    // The fallback group is asked instead, without him.
    expect(await story.decide("oskar.weiss", key, "approve")).toBe(403);
    await story.decide("nadia.rahman", key, "approve");
    expect(await isLocked(story, "oskar.weiss")).toBe(false);
  });

  test("is not unlocked by the word of somebody whom a step itself names", async () => {
    const policy = policyWith((files) => {
      const rule = files.policy.actions?.rules.find(({ id }) => id === "stop");
      if (!rule?.about) throw new Error("there is no such rule");
      const { about: user, ...rest } = rule;
      Object.assign(rule, { ...rest, steps: [{ action: "unlock-account", inputs: { user } }] });
      delete rule.about;
      delete rule.approval;
    });
    const story = await openStory({ policy });
    await lock(story, "oskar.weiss");
    const { key, id } = await story.ask("alice.moreau", stop, {
      [fieldIds.beneficiary]: account("oskar.weiss"),
    });
    expect(await story.storedActions(id)).toMatchObject({
      pin: { affected: [account("oskar.weiss").accountId] },
    });
    expect(await story.decide("oskar.weiss", key, "approve")).toBe(403);
    await story.decide("nadia.rahman", key, "approve");
    expect(await isLocked(story, "oskar.weiss")).toBe(false);
  });

  test("without a way to make sure who asks nothing is done", async () => {
    const story = await openStory({
      policy: policyWith(({ policy }) => {
        delete policy.actions?.identityCheck;
      }),
    });
    await lock(story, "alice.moreau");
    const { key } = await story.ask("alice.moreau", signIn);
    expect(await story.statusOf(key)).toBe("closed");
    expect(await texts(story, key)).toContain("how it is made sure who asks");
    expect(await isLocked(story, "alice.moreau")).toBe(true);
  });

  test("a second approval is asked for where the rule wants one", async () => {
    const story = await openStory({
      policy: withRule("unlock", (rule) => {
        rule.approval = "manager";
      }),
    });
    await lock(story, "alice.moreau");
    const { key } = await story.ask("alice.moreau", signIn);
    await story.decide("oskar.weiss", key, "approve");
    expect(await isLocked(story, "alice.moreau")).toBe(true);
    await story.decide("jonas.bergmann", key, "approve");
    expect(await isLocked(story, "alice.moreau")).toBe(false);
  });

  test("an approval that is taken back is asked for again, when an agent tries again", async () => {
    const story = await openStory();
    await lock(story, "alice.moreau");
    const { key, id } = await story.ask("alice.moreau", signIn);
    story.host.before("perform-actions", async () => {
      const { accountId } = personOf("oskar.weiss");
      await story.call("nadia.rahman", "PUT", `/_simulated/accounts/${accountId}`, { active: false });
    });
    await story.decide("oskar.weiss", key, "approve");
    expect(await story.storedActions(id)).toMatchObject({
      status: "failed",
      failure: { error: "ApprovalMissingError" },
    });
    expect(await isLocked(story, "alice.moreau")).toBe(true);
    await story.move("nadia.rahman", key, "tryAgain");
    await story.decide("nadia.rahman", key, "approve");
    expect(await isLocked(story, "alice.moreau")).toBe(false);
    expect(await story.statusOf(key)).toBe("done");
  });
});

describe("an agent who moves a ticket to where something is done", () => {
  const enrolled = (story: Story, login: string) =>
    story.edit(login, { totp_enabled: true, mfa: { configured: true } });
  const hasFactor = async (story: Story, login: string) => {
    const user = await story.user(login);
    return user.mfa?.configured === true || user.totp_enabled === true;
  };

  test("has it done, when a colleague has made sure who asks", async () => {
    const story = await openStory();
    await enrolled(story, "alice.moreau");
    const { key, id } = await story.ask("alice.moreau", signIn);
    await story.decide("oskar.weiss", key, "approve");
    expect(await story.statusOf(key)).toBe("done");
    await story.move("oskar.weiss", key, "resetSecondFactor");
    expect(await story.storedActions(id)).toMatchObject({
      generation: 2,
      trigger: { rule: "new-second-factor", by: personOf("oskar.weiss").accountId },
    });
    // Not by whoever asked for it.
    expect(await story.decide("oskar.weiss", key, "approve")).not.toBe(200);
    expect(await hasFactor(story, "alice.moreau")).toBe(true);
    await story.decide("nadia.rahman", key, "approve");
    expect(await hasFactor(story, "alice.moreau")).toBe(false);
    expect(await story.statusOf(key)).toBe("done");
  });

  test("is refused when their group may not have it done", async () => {
    const story = await openStory();
    await enrolled(story, "alice.moreau");
    const { key } = await story.ask("alice.moreau", signIn);
    await story.decide("oskar.weiss", key, "approve");
    await story.move("leila.haddad", key, "resetSecondFactor");
    expect(await story.statusOf(key)).toBe("closed");
    expect(await texts(story, key)).toContain("may not be done by whoever moved the ticket");
    expect(await hasFactor(story, "alice.moreau")).toBe(true);
  });

  test("starts it once for one move, however often Jira tells of it", async () => {
    const story = await openStory();
    const { key, id } = await story.ask("alice.moreau", signIn);
    await story.decide("oskar.weiss", key, "approve");
    await story.move("oskar.weiss", key, "resetSecondFactor");
    await story.decide("nadia.rahman", key, "approve");
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, { fields: { labels: ["seen"] } });
    await story.settle();
    expect(await story.storedActions(id)).toMatchObject({ generation: 2, status: "done" });
  });
});

describe("several people on one ticket", () => {
  const three = ["elena.petrova", "daniel.osei", "liam.byrne"];

  test("are done one by one, and the ticket has a table of them", async () => {
    const story = await openStory();
    const { key, id } = await story.ask("robert.hughes", vpn, team(...three));
    await story.decide("oskar.weiss", key, "approve");
    for (const login of three) expect(await story.isMember(login, "vpn-users"), login).toBe(true);
    expect(await story.statusOf(key)).toBe("done");
    expect((await texts(story, key)).match(/add-to-groups: done/g)).toHaveLength(3);
    expect(await rowsOf(story, id)).toHaveLength(3);
  });

  test("one who cannot be done does not keep the others from it, and trying again touches only that one", async () => {
    const story = await openStory();
    const { key, id } = await story.ask("robert.hughes", vpn, team(...three));
    story.host.before("perform-actions", () =>
      story.callJumpCloud("DELETE", `/api/systemusers/${userId("liam.byrne")}`),
    );
    await story.decide("oskar.weiss", key, "approve");
    expect(await story.statusOf(key)).toBe("needsAttention");
    expect(await story.storedActions(id)).toMatchObject({
      status: "failed",
      failure: { error: "ActionImpossibleError" },
    });
    expect(await story.isMember("elena.petrova", "vpn-users")).toBe(true);
    expect(await texts(story, key)).toMatch(/not done. ActionImpossibleError: .*no such account/);
    expect((await story.executions("directory-action")).at(-1)?.status).toBe("SUCCEEDED");

    const before = story.host.invocations.filter(({ name }) => name === "perform-actions").length;
    await story.move("nadia.rahman", key, "tryAgain");
    const again = story.host.invocations.filter(({ name }) => name === "perform-actions").slice(before);
    expect(again.map(({ payload }) => payload)).toEqual([{ requestId: `${id}-1`, row: 2 }]);
  });

  test("whose field is empty are asked for by its name on the form", async () => {
    const story = await openStory({
      policy: withRule("vpn", (rule) => {
        rule.about = { field: fieldIds.group, name: "Which people", as: ["user-id"] };
      }),
    });
    const { key } = await story.ask("robert.hughes", vpn, team(...three));
    expect(await story.statusOf(key)).toBe("closed");
    expect((await story.comments(key)).map(({ text }) => text.split("\n")[0])).toEqual([
      "“Which people” is empty. Please make a new request and fill it in.",
    ]);
  });

  test("who are not in JumpCloud, or too many, are refused before anything is done", async () => {
    const story = await openStory();
    await story.callJumpCloud("DELETE", `/api/systemusers/${userId("liam.byrne")}`);
    const { key } = await story.ask("robert.hughes", vpn, team(...three));
    expect(await story.statusOf(key)).toBe("closed");
    expect(await texts(story, key)).toContain(
      "“Who” cannot be used as it is: it names no person that JumpCloud has",
    );
  });

  test("is refused when somebody changes the ticket after it was checked", async () => {
    const story = await openStory();
    const { key, id } = await story.ask("robert.hughes", vpn, team(...three));
    const more = { fields: team(...three, "kate.morrison") };
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, more);
    await story.settle();
    expect(await story.storedActions(id)).toMatchObject({ status: "refused" });
    expect(await story.isMember("elena.petrova", "vpn-users")).toBe(false);
  });

  test("nothing is given while all grants are stopped, and by itself when they go on", async () => {
    const story = await openStory();
    const { switchGrants } = await import("../../../src/grants/grant-switch.ts");
    const operator = { ...story.operator, clock: { ...story.operator.clock, now: () => story.clock.now() } };
    await switchGrants(operator, { to: "stopped", why: "for a test" });
    const { key } = await story.ask("robert.hughes", vpn, team(...three));
    await story.decide("oskar.weiss", key, "approve");
    await story.pass(10 * minute);
    expect(await story.isMember("elena.petrova", "vpn-users")).toBe(false);
    await switchGrants(operator, { to: "resumed", why: "over" });
    await story.pass(30 * minute);
    for (const login of three) expect(await story.isMember(login, "vpn-users"), login).toBe(true);
  });
});

describe("somebody whose access is to stop", () => {
  const whom = { [fieldIds.beneficiary]: account("elena.petrova") };

  test("is suspended when security has said yes, and everybody knows what that takes away", async () => {
    const story = await openStory();
    const { key } = await story.ask("nadia.rahman", stop, whom);
    const [said] = await story.comments(key);
    expect(said).toMatchObject({ public: false });
    expect(said?.text).toContain("Atlassian");
    expect(said?.text).toContain("takes away their account in Jira");
    expect((await story.user("elena.petrova")).suspended).toBe(false);
    await story.decide("amara.diallo", key, "approve");
    expect((await story.user("elena.petrova")).suspended).toBe(true);
    expect(await story.statusOf(key)).toBe("done");
  });

  test("is left alone when the policy lets nobody take away an account in Jira", async () => {
    const story = await openStory({
      policy: policyWith(({ policy }) => {
        delete policy.actions?.outOfJira;
      }),
    });
    const { key } = await story.ask("nadia.rahman", stop, whom);
    expect(await story.statusOf(key)).toBe("closed");
    expect(await texts(story, key)).toContain("account in Jira itself");
  });

  test("is left alone when the action is switched off, or the policy protects them", async () => {
    for (const change of [
      ({ policy }: PolicyFiles) => policy.actions?.off?.push("suspend-user"),
      ({ policy }: PolicyFiles) => {
        policy.protectedPeople = [userId("elena.petrova")];
      },
    ]) {
      const story = await openStory({ policy: policyWith(change) });
      const { key } = await story.ask("nadia.rahman", stop, whom);
      expect(await story.statusOf(key)).toBe("closed");
      expect((await story.user("elena.petrova")).suspended).toBe(false);
    }
  });

  test("of several steps one that fails keeps back the rest, or does not, as the rule says", async () => {
    for (const ifItFails of ["stop", "continue"] as const) {
      const story = await openStory({
        policy: withRule("stop", (rule) => {
          const groups = { value: [groupOf("vpn-users")] };
          rule.steps = [
            { action: "unsuspend-user", inputs: {}, ifItFails },
            { action: "add-to-groups", inputs: { groups } },
          ];
        }),
      });
      await story.edit("elena.petrova", { state: "STAGED", activated: false });
      const { key, id } = await story.ask("nadia.rahman", stop, whom);
      await story.decide("amara.diallo", key, "approve");
      expect(await story.statusOf(key)).toBe("needsAttention");
      expect(await story.isMember("elena.petrova", "vpn-users")).toBe(ifItFails === "continue");
      const [row] = await rowsOf(story, id);
      expect(row?.steps.map(({ state }) => state)).toEqual([
        "failed",
        ifItFails === "stop" ? "to do" : "done",
      ]);
    }
  });
});

describe("what must not be done twice", () => {
  const mailed = (story: Story) => story.events.filter(({ type }) => type === "mail sent").length;
  const mailing = () =>
    withRule("unlock", (rule) => {
      rule.steps = [{ action: "send-password-mail", inputs: {} }];
    });

  test("is not, when its answer was lost: an operator looks, and the next run goes on from there", async () => {
    const story = await openStory({ policy: mailing() });
    const { key, id } = await story.ask("alice.moreau", signIn);
    story.jumpcloud.faults.add({ method: "POST", path: /reactivate$/, drop: "after", times: 1 });
    await story.decide("oskar.weiss", key, "approve");
    const request = await story.storedActions(id);
    expect(request).toMatchObject({ status: "failed", failure: { error: "UnclearActionError" } });
    expect((await story.executions("directory-action")).at(-1)?.status).toBe("FAILED");
    expect(mailed(story)).toBe(1);
    await story.move("nadia.rahman", key, "tryAgain");
    await story.pass(minute);
    expect(await story.storedActions(id)).toMatchObject({ status: "done" });
    expect(mailed(story)).toBe(1);
  });
});

describe("a ticket by which nothing is done", () => {
  test("is one of a type without a rule, or one that is past its beginning", async () => {
    const story = await openStory({
      policy: policyWith(({ policy }) => {
        if (policy.actions) policy.actions.rules = policy.actions.rules.filter(({ id }) => id !== "unlock");
      }),
    });
    const { id } = await story.ask("alice.moreau", signIn);
    expect(await story.operator.anyRequests.latest(id)).toBeUndefined();
  });

  test("whose webhook was lost is found by the sweeper", async () => {
    const story = await openStory({ sweeping: true });
    await lock(story, "alice.moreau");
    story.jira.deliveryFaults.add({ effect: "drop" });
    const { key } = await story.ask("alice.moreau", signIn);
    await story.pass(6 * minute);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    await story.decide("oskar.weiss", key, "approve");
    await story.pass(6 * minute);
    expect(await isLocked(story, "alice.moreau")).toBe(false);
  });
});
