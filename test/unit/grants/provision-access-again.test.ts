import { describe, expect, test } from "vitest";
import {
  AlreadyWithdrawnError,
  ApprovalMissingError,
  DeniedByPolicyError,
  EntitlementUnavailableError,
  FieldInvalidError,
  GrantsStoppedError,
  InconsistentError,
  JumpCloudUnavailableError,
  PersonNotFoundError,
  TooManyCallsError,
} from "../../../src/errors.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import {
  outcome,
  pinned,
  provision,
  record,
  user,
  type World,
  waivedPin,
} from "../../support/provisioning.ts";
import { decision, people, request } from "../../support/requests.ts";
import { entry, issue, policy, requestType, site } from "../../support/use-cases.ts";

test("the trail says before and after what is given to whom, by which approval, and until when", async () => {
  const timed = request("approved", { token: "token", pin: { ...pinned, seconds: 14_400 } });
  const { entries, stored, held } = await provision({ request: timed, policy: { warnings: ["1h"] } });
  const endsAt = 10_000 + 14_400_000;
  expect(entries).toMatchObject([
    {
      id: "access.intended/1",
      at: 10_000,
      by: [],
      policyVersion: 3,
      facts: { user: "user-requester", groups: entry.groups, approval: "approval:7" },
    },
    {
      id: "access.granted/1",
      at: 10_000,
      by: [],
      policyVersion: 3,
      facts: {
        user: "user-requester",
        groups: Object.fromEntries(entry.groups.map((group) => [group, "added"])),
        endsAt,
      },
    },
  ]);
  expect(entries[1]?.facts).not.toHaveProperty("replaces");
  expect(stored).toMatchObject({
    status: "granted",
    pin: timed.pin,
    seen: { status: issue().statusId, transitions: [] },
    trail: { sequence: 2 },
  });
  expect(stored).toHaveProperty("grant", { at: 10_000, endsAt, warnAt: [endsAt - 3_600_000] });
  expect(stored).not.toHaveProperty("token");
  expect(held).toEqual({ holdSeconds: 14_400, holds: [10_800, 3_600] });
});

test("access without an end is held without one; access that is too short has no warning", async () => {
  const endless = await provision();
  expect(endless.held).toEqual({ holdSeconds: 0, holds: [0] });
  expect(endless.stored).toHaveProperty("grant", { at: 10_000 });
  const short = request("approved", { pin: { ...pinned, seconds: 60 } });
  expect((await provision({ request: short, policy: { warnings: ["1h"] } })).stored).toHaveProperty("grant", {
    at: 10_000,
    endsAt: 70_000,
  });
  const { warnings: _, ...quiet } = policy;
  const day = request("approved", { pin: { ...pinned, seconds: 86_400 } });
  const site3 = { request: day, policy: { ...quiet, warnings: undefined } as never };
  expect((await provision(site3)).stored).toHaveProperty("grant", { at: 10_000, endsAt: 86_410_000 });
});

test("access that was given already is not given again: only the answer was lost", async () => {
  const granted = request("granted", { pin: pinned, grant: { at: 0, endsAt: 3_610_000 } });
  const { held, entries, members } = await provision({ request: granted as never });
  expect(held).toEqual({ holdSeconds: 3_600, holds: [3_600] });
  expect([entries, members]).toEqual([[], []]);
});

test("a request that was withdrawn meanwhile is given nothing", async () => {
  const { error, members } = await provision({ request: request("withdrawn") as never });
  expect(error).toBeInstanceOf(AlreadyWithdrawnError);
  expect(members).toEqual([]);
});

test("access that begins later is not given before, but for a minute between two clocks", async () => {
  const later = (startsAt: number) => ({ request: request("approved", { pin: { ...pinned, startsAt } }) });
  const early = await outcome(later(10_000 + 60_001));
  expect(early).toMatchObject({
    error: new InconsistentError("Request 10012-1 is not to begin yet."),
    members: [],
  });
  expect((await outcome(later(10_000 + 60_000))).status).toBe("granted");
  expect((await outcome(later(1))).status).toBe("granted");
});

test("more time is given while there is some left of it, and ends when it was to end", async () => {
  const more = (endsAt: number) =>
    request("approved", { pin: { ...pinned, seconds: 60, extension: { since: 0, endsAt } } });
  const over = await outcome({ request: more(10_000) });
  expect(over.error).toEqual(
    new DeniedByPolicyError(
      `The time that was asked for is over, so ${pinned.title} was not made longer. Please make a new request.`,
    ),
  );
  expect(over.members).toEqual([]);
  const { stored } = await provision({ request: more(10_001) });
  expect(stored).toMatchObject({ status: "granted", grant: { at: 10_000, endsAt: 10_001 } });
});

test("while grants are stopped nothing is given, and the requester is told", async () => {
  const { error, members, said, entries } = await provision({ stopped: true });
  expect(error).toBeInstanceOf(GrantsStoppedError);
  expect([members, entries]).toEqual([[], []]);
  expect(said).toEqual([["public", expect.stringContaining(pinned.title)]]);
});

describe("what an earlier try has added", () => {
  const tried = entry.groups;

  test("is taken back when the access must not be given after all", async () => {
    const { error, members } = await outcome({ tried, entry: undefined });
    expect(error).toBeInstanceOf(EntitlementUnavailableError);
    expect(members).toEqual([]);
  });

  test("stays while only somebody does not answer, or is asked too often", async () => {
    for (const trouble of [new JumpCloudUnavailableError("HTTP 503"), new TooManyCallsError()]) {
      const { error, members } = await outcome({ tried, trouble });
      expect(error).toBe(trouble);
      expect(members).toEqual(tried);
    }
  });

  test("counts as Latchkey's own when the access is given", async () => {
    const { members, entries } = await provision({ tried });
    expect(members).toEqual(tried);
    expect(entries[1]?.facts).toMatchObject({ groups: { [tried[0] ?? ""]: "was there" } });
  });
});

describe("access that is bound to another ticket", () => {
  const bound = { request: request("approved", { pin: { ...pinned, until: "INC-7" } }) };
  const { until: _, incident: __, ...fields } = requestType.fields;
  const nameless = { ...site, requestTypes: [{ ...requestType, fields }] };

  test("is given while that one is open", async () => {
    expect((await outcome({ ...bound, tickets: { "INC-7": issue({ key: "INC-7" }) } })).status).toBe(
      "granted",
    );
  });

  test("is not given once it is done, or gone", async () => {
    const done = { "INC-7": issue({ key: "INC-7", isDone: true }) };
    const name = requestType.fields.until?.name ?? "";
    expect((await outcome({ ...bound, tickets: done })).error).toEqual(
      new FieldInvalidError(name, "that ticket is done already"),
    );
    expect((await outcome(bound)).error).toBeInstanceOf(FieldInvalidError);
    expect((await outcome({ ...bound, site: nameless })).error).toEqual(
      new FieldInvalidError("Until", "no ticket of that key can be seen"),
    );
  });

  test("and is taken in an emergency needs the incident to be open", async () => {
    const emergency = { incident: "INC-8", approvers: [], notified: [] };
    const taken = { request: request("approved", { pin: { ...waivedPin, emergency }, decisions: [] }) };
    const name = requestType.fields.incident?.name ?? "";
    expect((await outcome(taken)).error).toEqual(
      new FieldInvalidError(name, "no ticket of that key can be seen"),
    );
    expect((await outcome({ ...taken, site: nameless })).error).toEqual(
      new FieldInvalidError("Incident", "no ticket of that key can be seen"),
    );
    const open = { ...taken, tickets: { "INC-8": issue({ key: "INC-8" }) } };
    // The entitlement is not open in emergencies, or no more.
    expect((await outcome(open)).error).toBeInstanceOf(DeniedByPolicyError);
    const breakGlass = { who: { entitlement: [entry.entitlementId] }, max: "1h" };
    expect((await outcome({ ...open, entry: { ...entry, breakGlass } })).status).toBe("granted");
  });
});

describe("an approval that Jira does not show any more", () => {
  const missing = { ...record, id: "8", createdAt: 900 };
  const first = decision({ stage: 0, evidence: "approval:3" });
  const gone = request("approved", {
    token: "token",
    pin: pinned,
    decisions: [first, decision({ stage: 1, evidence: "approval:6" }), decision({ stage: 1 })],
  });

  test("is asked for again, with all of its stage, and the trail says which it was", async () => {
    const { stored, entries, error } = await provision({ request: gone, approvals: [missing] });
    expect(error).toEqual(new ApprovalMissingError("the approval that was recorded is not there any more"));
    expect(stored).toMatchObject({ status: "checked", decisions: [first] });
    expect(stored).not.toHaveProperty("token");
    expect(entries).toMatchObject([
      { id: "approval.missing/1", at: 10_000, by: [], facts: { evidence: "approval:7" } },
    ]);
  });
});

describe("what the policy has come to say since the approval", () => {
  const security = { ...entry, approval: "security" };
  const approvals = { ...policy.approvals, security: { stages: [{ ask: ["manager" as const] }] } };
  const by = (pin: object) => ({
    request: request("approved", { pin: { ...pinned, approval: "manager", ...pin } }),
  });
  const manager = { ...entry, approval: "manager" };

  test("is followed when it wants another approval than the one that there is", async () => {
    const { error, members } = await outcome({ ...by({}), entry: security, policy: { approvals } });
    expect(error).toEqual(
      new DeniedByPolicyError(
        `${pinned.title} needs the approval “security” now, which is not the one that it has. Please make a new request.`,
      ),
    );
    expect(members).toEqual([]);
  });

  test("is met by a yes of the same people, where an earlier version did not keep the name of the approval", async () => {
    const asked = (ask: "manager" | "owner", approval = "manager", limits: Partial<Policy> = {}) =>
      outcome({
        ...by({ approval: undefined, stages: [{ ask: [ask] }] }),
        entry: { ...entry, approval },
        policy: limits,
      });
    expect((await asked("manager")).status).toBe("granted");
    expect((await asked("owner")).error).toBeInstanceOf(DeniedByPolicyError);
    expect((await asked("manager", "manager-then-owner")).error).toBeInstanceOf(DeniedByPolicyError);
    // Nobody is named by an approval that the policy does not have.
    expect((await asked("manager", "manager", { approvals: {} })).error).toBeInstanceOf(DeniedByPolicyError);
  });

  test("needs no second approval from those who looked at it because of a limit that is not reached any more", async () => {
    const separation = [{ id: "pay", why: "x", one: ["a/1"], other: ["b/1"] }];
    const caps = { tags: ["none"], within: "1d", perPerson: 1, approval: "security" };
    const asked = (rule: string | undefined, limits: Partial<Policy>) =>
      outcome({ ...by({ approval: "security", rule }), entry: manager, policy: { approvals, ...limits } });
    expect((await asked("pay", { separation })).status).toBe("granted");
    expect((await asked("caps", { caps })).status).toBe("granted");
    expect((await asked("caps", { separation, caps: undefined })).error).toBeInstanceOf(DeniedByPolicyError);
    expect((await asked("some-rule", { separation, caps })).error).toBeInstanceOf(DeniedByPolicyError);
    expect((await asked(undefined, { separation, caps })).error).toBeInstanceOf(DeniedByPolicyError);
    const rules = [
      {
        id: "look",
        when: { entitlement: [entry.entitlementId] },
        decide: "ask" as const,
        approval: "manager",
      },
    ];
    expect((await asked("caps", { caps, rules })).error).toBeInstanceOf(DeniedByPolicyError);
  });

  test("is what it says of more, when an approver made it less", async () => {
    const long = { not: { durationAtMost: "2h" } };
    const rules = [{ id: "long", when: long, decide: "ask" as const, approval: "security" }];
    const narrowed = (narrowedFrom: object | undefined, limits: Partial<Policy> = { rules }) =>
      outcome({
        ...by({ approval: "security", rule: "long", seconds: 3_600, narrowedFrom }),
        entry: manager,
        others: [{ ...manager, entitlementId: "other/level" }],
        policy: { approvals, ...limits },
      });
    expect((await narrowed({ seconds: 86_400 })).status).toBe("granted");
    expect((await narrowed({})).status).toBe("granted");
    expect((await narrowed({ seconds: 7_200 })).error).toBeInstanceOf(DeniedByPolicyError);
    expect((await narrowed(undefined)).error).toBeInstanceOf(DeniedByPolicyError);
    const ofLevel = [
      { id: "level", when: { entitlement: ["other/level"] }, decide: "ask" as const, approval: "security" },
    ];
    const deny = [{ id: "no", when: long, decide: "deny" as const, say: "No." }];
    expect((await narrowed({ entitlementId: "gone" }, { rules: ofLevel })).error).toBeInstanceOf(
      DeniedByPolicyError,
    );
    expect((await narrowed({ seconds: 86_400 }, { rules: deny })).error).toBeInstanceOf(DeniedByPolicyError);
  });

  test("is asked about both people, when somebody asked for another", async () => {
    const forOther = by({ requester: { accountId: people.requester, userId: "user-boss" } });
    const sales = { attribute: "department" as const, in: ["Sales"], of: "requester" as const };
    const rules = [{ id: "sales", when: sales, decide: "deny" as const, say: "Not by Sales." }];
    const boss = (department: string) => ({ ...user, userId: "user-boss", attributes: { department } });
    const asks = (requester: World["requester"]) =>
      outcome({ ...forOther, entry: manager, policy: { approvals, rules }, requester });
    expect((await asks(boss("Support"))).status).toBe("granted");
    expect((await asks(boss("Sales"))).error).toEqual(new DeniedByPolicyError("Not by Sales. (rule sales)"));
    expect((await asks(undefined)).error).toEqual(new PersonNotFoundError("the requester's"));
  });

  test("may be that it counts the access: then it is counted, and the request knows where", async () => {
    const separation = [{ id: "pay", why: "x", one: [entry.entitlementId], other: ["b/1"] }];
    const about = "USER#user-requester";
    const { counted, stored } = await provision({ policy: { separation } });
    expect(counted).toMatchObject([
      { about, requests: { "10012-1": { entitlementId: entry.entitlementId } } },
    ]);
    expect(stored).toMatchObject({ status: "granted", pin: { countedIn: [about] } });
    const known = request("approved", { pin: { ...pinned, countedIn: ["GROUP#g", about] } });
    const again = await provision({ request: known, policy: { separation } });
    expect(again.counted).toEqual([]);
    expect(again.stored).toMatchObject({ pin: { countedIn: ["GROUP#g", about] } });
    expect((await provision()).stored).toHaveProperty("pin", pinned);
  });

  test("may be that another level makes way for it", async () => {
    const levels = ["other/level", entry.entitlementId];
    const at = { entitlementId: "other/level", state: "granted" as const, at: 1 };
    const { entries, stored } = await provision({
      entry: { ...entry, levels },
      standing: { "10012-1x": at },
    });
    expect(stored).toMatchObject({ grant: { replaces: ["10012-1x"] } });
    expect(entries[1]?.facts).toMatchObject({ replaces: ["10012-1x"] });
  });
});
