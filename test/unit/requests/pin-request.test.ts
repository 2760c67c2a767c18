import { describe, expect, test } from "vitest";
import type { CatalogEntry } from "../../../src/catalog/catalog.ts";
import {
  DeniedByPolicyError,
  EntitlementUnavailableError,
  FieldInvalidError,
  FieldMissingError,
  NotEligibleError,
  OnBehalfNotAllowedError,
  PersonNotFoundError,
  PolicyMissingError,
} from "../../../src/errors.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import type { RequestType } from "../../../src/policy/site.ts";
import { noStanding } from "../../../src/policy/standing.ts";
import type { Account, Issue } from "../../../src/requests/issue.ts";
import { pinRequest, refusalOf } from "../../../src/requests/pin-request.ts";
import type { RequestIn } from "../../../src/requests/request.ts";
import { request } from "../../support/requests.ts";
import { entry, formHash, issue, policy, requester, requestType, site } from "../../support/use-cases.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 10, 23, 10);
const { fields } = requestType;
const alice = { userId: "alice", email: "alice@fernhill.example", state: "ACTIVATED", attributes: {} };
const bob = { ...alice, userId: "bob", email: "bob@fernhill.example" };
const colleague: Account = { ...requester, accountId: "acc-bob", displayName: "Bob", email: bob.email };

type World = {
  issue: Issue;
  entry: CatalogEntry;
  requestType: RequestType;
  policy: Partial<Policy>;
  users: (typeof alice & { manager?: string })[];
  /** Other tickets, by key. */
  tickets: Record<string, Issue>;
  /** Groups that the people are in. */
  groups: string[];
  extending: RequestIn<"granted">;
  /** Account ids of the people in the group that hears of emergencies, and of those who are asked. */
  groupMembers: Account[];
};

async function pinned(parts: Partial<World> = {}) {
  const world = {
    issue: issue(),
    entry,
    requestType,
    policy: {},
    users: [alice, bob],
    tickets: {},
    ...parts,
  };
  const tickets: Record<string, Issue> = world.tickets;
  const deps: Parameters<typeof pinRequest>[0] = {
    catalog: {
      closed: async () => undefined,
      entryForOption: async (option, version) =>
        option === world.entry.option && version === 3 ? world.entry : undefined,
      entry: async (entitlementId) => ({ ...world.entry, entitlementId }),
    },
    standings: { get: async (about) => noStanding(about) },
    requests: { get: async () => request("withdrawn") },
    jira: {
      issue: async (key) => tickets[key],
      account: async (id) => (id === colleague.accountId ? colleague : undefined),
      accountByEmail: async () => undefined,
      groupMembers: async () => parts.groupMembers ?? [],
    },
    directory: {
      userByEmail: async (email) => {
        const user = world.users.find((one) => one.email === email);
        return user ? { kind: "one", user } : { kind: "none" };
      },
      user: async () => undefined,
      membersOf: async () => undefined,
      async *users() {},
      groupsOf: async () => parts.groups ?? [],
    },
    people: { userIdOf: async () => undefined, remember: async () => {} },
  };
  const traced: unknown[] = [];
  const asked = {
    requestId: "10012-1",
    issue: world.issue,
    requestType: world.requestType,
    applied: { version: 3, site, policy: { ...policy, ...world.policy } },
    at: now,
    extending: parts.extending,
    traced: (trace: unknown) => void traced.push(trace),
  };
  const result = await pinRequest(deps, asked).catch((error: Error) => error);
  const none = { pin: undefined, trace: undefined, counting: undefined };
  return result instanceof Error
    ? { ...none, error: result, traced }
    : { ...result, error: undefined, traced };
}

const field = (one: { id: string } | undefined, value: unknown, parts: Partial<Issue> = {}) =>
  issue(parts, { [one?.id ?? ""]: value });
const without = (name: "start" | "until" | "incident" | "beneficiary" | "reason"): RequestType => {
  const { [name]: _, ...rest } = fields;
  return { ...requestType, fields: rest };
};
const permanent = { ...entry, durations: { permanent: true } };

describe("what is pinned", () => {
  test("is exactly what the form says, and nothing that it does not", async () => {
    const { pin, trace, traced } = await pinned();
    const approval = policy.approvals[entry.approval ?? ""];
    expect(pin).toStrictEqual({
      form: formHash(issue()),
      option: entry.option,
      entitlementId: entry.entitlementId,
      title: entry.title,
      groups: entry.groups,
      requester: { accountId: requester.accountId, userId: "alice" },
      beneficiary: { accountId: requester.accountId, userId: "alice" },
      seconds: 14_400,
      approval: entry.approval,
      stages: approval && "stages" in approval ? approval.stages : [],
      policyVersion: 3,
    });
    expect(traced).toEqual([trace]);
  });

  test("has the manager, the time zone, and the rule that decided, where there are any", async () => {
    const { pin } = await pinned({
      users: [{ ...alice, manager: "carol" }],
      issue: issue({ reporter: { ...requester, timeZone: "Europe/Berlin" } }),
      policy: {
        rules: [{ id: "all", when: { entitlement: [entry.entitlementId] }, decide: "approve", say: "Sure." }],
      },
    });
    expect(pin).toMatchObject({
      manager: "carol",
      timeZone: "Europe/Berlin",
      rule: "all",
      automatic: "Sure.",
      stages: [],
    });
    expect(pin).not.toHaveProperty("approval");
  });

  test("has no length for access without an end", async () => {
    const { pin } = await pinned({ entry: permanent, issue: field(fields.duration, { id: "10307" }) });
    expect(pin).not.toHaveProperty("seconds");
  });

  test("says where the approvers are told what they decide on, and where it is counted, if so", async () => {
    const stages = [{ ask: ["manager" as const] }];
    const { pin, counting } = await pinned({
      policy: {
        approvals: { [entry.approval ?? ""]: { stages, context: "internal" } },
        separation: [{ id: "pay", why: "x", one: [entry.entitlementId], other: ["b/1"] }],
      },
    });
    expect(pin).toMatchObject({ context: "internal", stages, countedIn: ["USER#alice"] });
    expect(counting).toMatchObject([{ about: "USER#alice", requests: { "10012-1": { state: "pending" } } }]);
  });

  test("for more time is all of the time since the person first got it", async () => {
    const extending = request("granted", {
      pin: { ...request("granted").pin, entitlementId: entry.entitlementId, seconds: 3_600 },
      grant: { at: now - 3_600_000, endsAt: now + 600_000 },
    });
    const { pin, error } = await pinned({ extending, entry: permanent });
    expect(error).toBeUndefined();
    expect(pin?.extension).toMatchObject({ since: now - 3_600_000 });
    const { since = 0, endsAt = 0 } = pin?.extension ?? {};
    expect(pin?.seconds).toBe((endsAt - since) / 1_000);
  });
});

describe("when it shall begin", () => {
  const from = (start: unknown) => ({ issue: field(fields.start, start) });
  const date = (at: number) => new Date(at).toISOString();

  test("may be up to 60 days away; a time that is over is now", async () => {
    for (const at of [now + 1, now + 60 * day])
      expect((await pinned(from(date(at)))).pin).toMatchObject({ startsAt: at });
    for (const at of [now, now - day])
      expect((await pinned(from(date(at)))).pin).not.toHaveProperty("startsAt");
  });

  test("is neither farther away nor anything but a date", async () => {
    const name = fields.start?.name ?? "";
    expect((await pinned(from(date(now + 60 * day + 1)))).error).toEqual(
      new FieldInvalidError(name, "it is more than 60 days away"),
    );
    expect((await pinned(from("soon"))).error).toEqual(new FieldInvalidError(name, "it is no date"));
  });
});

describe("another ticket, with which the access ends", () => {
  const until = { issue: field(fields.until, "INC-7") };
  const name = fields.until?.name ?? "";

  test("is pinned while it is open", async () => {
    const { pin } = await pinned({ ...until, tickets: { "INC-7": issue({ key: "INC-7" }) } });
    expect(pin).toMatchObject({ until: "INC-7" });
  });

  test("has to be there, and not done", async () => {
    expect((await pinned(until)).error).toEqual(
      new FieldInvalidError(name, "no ticket of that key can be seen"),
    );
    const done = { ...until, tickets: { "INC-7": issue({ isDone: true }) } };
    expect((await pinned(done)).error).toEqual(new FieldInvalidError(name, "that ticket is done already"));
  });
});

describe("access that is taken in an emergency", () => {
  const boss: Account = { ...requester, accountId: "acc-boss", kind: "atlassian" };
  const breakGlass = { who: { entitlement: [entry.entitlementId] }, max: "1h" };
  const taken = (parts: Partial<World> = {}) =>
    pinned({
      issue: issue(
        {},
        {
          [fields.incident?.id ?? ""]: "INC-8",
          [fields.start?.id ?? ""]: "soon",
          [fields.reason?.id ?? ""]: "Fire.",
        },
      ),
      entry: { ...entry, breakGlass },
      tickets: { "INC-8": issue({ key: "INC-8" }) },
      groupMembers: [boss],
      ...parts,
    });

  test("needs no approval, is short, begins now, and others hear of it", async () => {
    const group = { id: "g", name: "incident-leads" };
    const stages = [{ ask: [{ jiraGroup: group }] }];
    const approvals = { usual: { stages } };
    const emergencies = { breakGlass: { notify: group } } as Partial<Policy>;
    const usual = { ...entry, breakGlass, approval: "usual" };
    const { pin, counting } = await taken({ policy: { ...emergencies, approvals }, entry: usual });
    expect(pin).toMatchObject({
      seconds: 3_600,
      rule: "emergency",
      stages: [],
      emergency: { incident: "INC-8", approvers: ["acc-boss"], notified: [] },
    });
    expect(pin).not.toHaveProperty("startsAt");
    expect(counting).toMatchObject([{ about: "USER#alice" }]);
    // Those hear of it who would usually have been asked first: by the policy's own approval if the entry names none.
    const { approval: _, ...unnamed } = usual;
    const byDefault = await taken({
      policy: { ...emergencies, approvals, defaultApproval: "usual" },
      entry: unnamed,
    });
    expect(byDefault.pin?.emergency).toMatchObject({ approvers: ["acc-boss"] });
    const { defaultApproval: __, ...none } = policy;
    const nobody = await taken({
      policy: {
        ...none,
        ...emergencies,
        approvals: { usual: { automatic: "Sure." } },
        defaultApproval: "usual",
      },
      entry: unnamed,
    });
    expect(nobody.pin?.emergency).toMatchObject({ approvers: [], notified: ["acc-boss"] });
  });

  test("needs an incident that is open, and a reason", async () => {
    const name = fields.incident?.name ?? "";
    expect((await taken({ tickets: {} })).error).toEqual(
      new FieldInvalidError(name, "no ticket of that key can be seen"),
    );
    const silent = field(fields.incident, "INC-8");
    expect((await taken({ issue: silent })).error).toEqual(new FieldMissingError(fields.reason?.name ?? ""));
    // A form without that field cannot ask for one.
    expect((await taken({ issue: silent, requestType: without("reason") })).error).toBeUndefined();
  });

  test("is refused where the entitlement is not open in emergencies", async () => {
    const { error, traced } = await taken({ entry });
    expect(error).toBeInstanceOf(DeniedByPolicyError);
    expect(traced).toHaveLength(1);
  });
});

describe("whom is asked", () => {
  test("are those of the approval that the entitlement names, or the fallback group's", async () => {
    const { approval: _, ...unnamed } = entry;
    const { defaultApproval: __, ...none } = policy;
    const fallback = { ...none, approvals: {}, defaultApproval: undefined };
    expect((await pinned({ entry: unnamed, policy: fallback })).pin).toMatchObject({
      approval: "fallback",
      stages: [{ ask: [{ jiraGroup: policy.fallbackGroup }] }],
    });
    const stages = [{ ask: ["owner" as const] }];
    const own = { ...fallback, approvals: { fallback: { stages } } };
    expect((await pinned({ entry: unnamed, policy: own })).pin).toMatchObject({
      approval: "fallback",
      stages,
    });
    const missing = await pinned({ policy: { approvals: {} } });
    expect(missing.error).toBeInstanceOf(PolicyMissingError);
    expect(missing.error?.message).toContain(`stages of an approval named ${entry.approval}`);
  });

  test("is nobody where an exception is left to an approval that people do not give", async () => {
    const separation = [
      { id: "pay", why: "x", one: [entry.entitlementId], other: ["b/1"], exceptionBy: "auto" },
    ];
    const approvals = { ...policy.approvals, auto: { automatic: "Sure." } };
    const { error } = await pinned({ policy: { separation, approvals }, groups: entry.groups });
    expect(error).toBeInstanceOf(PolicyMissingError);
  });
});

describe("somebody who asks for another", () => {
  const forBob = field(fields.beneficiary, { accountId: colleague.accountId });
  const ask = (onBehalf: "managers" | "owners" | "anyone", parts: Partial<World> = {}) =>
    pinned({ issue: forBob, requestType: { ...requestType, onBehalf }, ...parts });
  const owned = { ...entry, owner: "ALICE@fernhill.example" };
  const managed = { users: [alice, { ...bob, manager: "alice" }] };
  const name = fields.beneficiary?.name ?? "";

  test("has to be the manager, or the owner of the application, as the form says", async () => {
    for (const allowed of [
      await ask("owners", { entry: owned }),
      await ask("owners", managed),
      await ask("managers", managed),
      await ask("anyone"),
    ])
      expect(allowed.pin).toMatchObject({ requester: { userId: "alice" }, beneficiary: { userId: "bob" } });
    for (const refused of [await ask("owners"), await ask("managers", { entry: owned })])
      expect(refused.error).toEqual(new OnBehalfNotAllowedError(name));
  });

  test("may name themselves on any form", async () => {
    const themselves = field(fields.beneficiary, { accountId: requester.accountId });
    const { onBehalf: _, ...closed } = requestType;
    expect((await pinned({ issue: themselves, requestType: closed })).pin).toMatchObject({
      beneficiary: { userId: "alice" },
    });
  });

  test("has to name somebody whom Jira and JumpCloud know", async () => {
    const stranger = field(fields.beneficiary, { accountId: "acc-nobody" });
    expect((await ask("anyone", { issue: stranger })).error).toEqual(
      new FieldInvalidError(name, "the account is unknown"),
    );
    const { error } = await ask("anyone", { users: [alice] });
    expect(error).toEqual(new PersonNotFoundError("the other person's"));
  });
});

describe("a request that cannot be fulfilled says why", () => {
  test("when nobody is known who asks", async () => {
    expect((await pinned({ issue: issue({ reporter: undefined }) })).error).toEqual(
      new PersonNotFoundError("the requester's"),
    );
    expect((await pinned({ users: [] })).error).toEqual(new PersonNotFoundError("your"));
  });

  test("when what is chosen is not to be had, or not on this form", async () => {
    const { error } = await pinned({ issue: field(fields.entitlement, { id: "99999" }) });
    expect(error).toEqual(
      new FieldInvalidError(fields.entitlement.name, "this choice is not in the catalog"),
    );
    expect((await pinned({ entry: { ...entry, status: "disabled" } })).error).toEqual(
      new EntitlementUnavailableError(entry.title, "it is not open for requests"),
    );
    expect((await pinned({ entry: { ...entry, requestTypes: ["31"] } })).error).toEqual(
      new EntitlementUnavailableError(entry.title, "this form does not offer it"),
    );
  });

  test("when the reason is missing on a form that needs one, and not when it is there", async () => {
    const needed: RequestType = {
      ...requestType,
      fields: { ...fields, reason: { id: fields.reason?.id ?? "", name: "Why?", required: true } },
    };
    expect((await pinned({ requestType: needed })).error).toEqual(new FieldMissingError("Why?"));
    const given = { requestType: needed, issue: field(fields.reason, "To work.") };
    expect((await pinned(given)).error).toBeUndefined();
  });

  test("in the words of the policy, with the rule by which it was denied", () => {
    expect(refusalOf({ outcome: "refuse", code: "not eligible", say: "x" }, entry)).toEqual(
      new NotEligibleError(entry.title),
    );
    expect(refusalOf({ outcome: "refuse", code: "denied by rule", say: "No.", rule: "r" }, entry)).toEqual(
      new DeniedByPolicyError("No. (rule r)"),
    );
    expect(refusalOf({ outcome: "refuse", code: "review open", say: "Later." }, entry)).toEqual(
      new DeniedByPolicyError("Later."),
    );
  });
});
