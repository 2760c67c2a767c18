import { ActionImpossibleError } from "../errors.ts";
import { endEarly } from "../grants/end-early.ts";
import { held } from "../grants/end-grants.ts";
import { dropMembership, holdGroup, leaveGroup } from "../grants/hold-group.ts";
import { type LedgerEntry, requestsIn } from "../grants/ledger.ts";
import { type ActionDeps, accountOf, changeAndSee, defineAction, type LaterStep } from "./action.ts";
import type { Snapshot } from "./snapshot.ts";

const day = 86_400_000;

/** What begins, changes and ends the time of somebody in a company. */
export const lifecycleActions = {
  "take-snapshot": defineAction("take-snapshot", {
    does: "Writes down what somebody has: the state of the account, groups, applications of their own, reports. “restore-user” brings it back.",
    needs: "an account; it comes before the steps that take things away",
    alreadySo: "a lost try has written it down",
    again: "harmless: the first try counts",
    scope: "users.readonly",
    async perform(deps, { user }, { actionId }) {
      if ((await deps.snapshots.newest(user))?.by === actionId) return "already so";
      const { state } = await accountOf(deps, user);
      const entries = await deps.ledger.ofUser(user);
      const groups: Snapshot["groups"] = [];
      for (const groupId of await deps.accounts.groupsOf(user)) {
        if ((await deps.groups.userGroup(groupId))?.dynamic !== false) continue;
        const endsAt = await endOf(
          deps,
          entries.find((entry) => entry.groupId === groupId),
        );
        groups.push({ groupId, ...(endsAt === undefined ? {} : { endsAt }) });
      }
      await deps.snapshots.save({
        schemaVersion: 1,
        userId: user,
        at: deps.clock.now(),
        by: actionId,
        state,
        groups,
        applications: await deps.accounts.boundApplications(user),
        reports: await deps.accounts.reportsOf(user),
        version: 0,
      });
      return "done";
    },
  }),

  "end-access": defineAction("end-access", {
    does: "Ends all access that requests have given somebody, now: the memberships go at once, the tickets are told within a quarter of an hour.",
    needs: "an account",
    alreadySo: "no request gives anything",
    again: "harmless: what has ended has ended",
    scope: "groups",
    async perform(deps, { user }, { actionId }) {
      const given = (await deps.ledger.ofUser(user)).filter((entry) => requestsIn(entry).length > 0);
      for (const requestId of new Set(given.flatMap(requestsIn))) {
        const stored = await deps.requests.get(requestId);
        const request = held(stored);
        if (request?.status === "granted")
          await endEarly(deps, request, { by: undefined, through: actionId }, stored);
      }
      for (const entry of given)
        for (const requestId of requestsIn(entry))
          await leaveGroup(deps, { requestId, userId: user, groupId: entry.groupId });
      return given.length > 0 ? "done" : "already so";
    },
  }),

  "leave-groups": defineAction("leave-groups", {
    does: "Takes somebody out of every group whose members no rule chooses.",
    needs:
      "no request that gives one of the memberships: “end-access” comes first. Groups that the policy protects are named, and left alone",
    alreadySo: "the person is in no such group",
    again: "harmless: the memberships are read first",
    scope: "groups",
    inverse: "restore-user",
    async perform(deps, { user }, { actionId }) {
      const { protectedGroups = [] } = (await deps.policy.current()).policy;
      const left: string[] = [];
      let removed = 0;
      for (const groupId of await groupsToLeave(deps, user, actionId)) {
        if ((await deps.groups.userGroup(groupId))?.dynamic !== false) continue;
        const dropped = protectedGroups.includes(groupId)
          ? { heldBy: [] }
          : await dropMembership(deps, { actionId, userId: user, groupId });
        if (typeof dropped === "object") left.push(groupId);
        else removed++;
      }
      if (left.length > 0)
        throw new ActionImpossibleError(
          `group ${left.join(", ")} is protected by the policy, or given by a request; the others were left`,
        );
      return removed > 0 ? "done" : "already so";
    },
  }),

  "leave-applications": defineAction("leave-applications", {
    does: "Takes away the applications that are bound to somebody directly, and not through a group.",
    needs: "an account",
    alreadySo: "no application is bound to the person",
    again: "harmless: what is bound is read first",
    scope: "associations.users",
    inverse: "restore-user",
    async perform(deps, { user }) {
      const bound = await deps.accounts.boundApplications(user);
      for (const application of bound) await seeBound(deps, user, application, false);
      return bound.length > 0 ? "done" : "already so";
    },
  }),

  "hand-over-reports": defineAction("hand-over-reports", {
    does: "Gives those whose manager somebody is another manager.",
    needs: "both accounts, the new manager's active, and not one of the reports above themselves",
    alreadySo: "nobody has the person as their manager",
    again: "harmless: the reports are read first",
    scope: "users.properties.update",
    inverse: "restore-user",
    async perform(deps, { user, to }) {
      if (to === user) throw new ActionImpossibleError("that is the same person");
      if ((await accountOf(deps, to)).state !== "ACTIVATED")
        throw new ActionImpossibleError("the account of the new manager is not active");
      const snapshot = await deps.snapshots.newest(user);
      const reports = await deps.accounts.reportsOf(user);
      if (snapshot && snapshot.handedTo !== to) await deps.snapshots.save({ ...snapshot, handedTo: to });
      const above = (await accountOf(deps, user)).manager ?? null;
      const { protectedPeople = [] } = (await deps.policy.current()).policy;
      const left = reports.filter((report) => protectedPeople.includes(report));
      // Whoever is a report and becomes the manager of the others has the manager of the person who leaves.
      for (const report of reports)
        if (!left.includes(report)) await seeManager(deps, report, report === to ? above : to);
      if (left.length > 0)
        throw new ActionImpossibleError(
          `the policy protects user ${left.join(", ")}; the others were handed over`,
        );
      return reports.length > 0 ? "done" : "already so";
    },
  }),

  "restore-user": defineAction("restore-user", {
    does: "Brings back what the newest snapshot of somebody says: the state of the account, groups, applications, reports. Access that has ended meanwhile stays away, and what was to end still does.",
    needs: "an account, and a snapshot of it",
    alreadySo: "never: what is there is left alone",
    again: "harmless: everything is read first",
    scope: "users.properties.update, groups, associations.users",
    async perform(deps, { user }, { actionId }) {
      const snapshot = await deps.snapshots.newest(user);
      if (!snapshot) throw new ActionImpossibleError("nothing was written down of this person");
      const account = await accountOf(deps, user);
      if (snapshot.state === "ACTIVATED" && account.state === "SUSPENDED")
        await changeAndSee(
          deps,
          `user ${user} active`,
          () => deps.accounts.changeAccount(user, { state: "ACTIVATED" }),
          async () => (await deps.accounts.account(user))?.state === "ACTIVATED",
        );
      const now = deps.clock.now();
      const lasting = snapshot.groups.filter(({ endsAt }) => endsAt === undefined || endsAt > now);
      for (const { groupId } of lasting)
        await holdGroup(deps, { requestId: actionId, userId: user, groupId });
      const bound = await deps.accounts.boundApplications(user);
      for (const application of snapshot.applications)
        if (!bound.includes(application)) await seeBound(deps, user, application, true);
      for (const report of snapshot.reports) await giveBack(deps, snapshot, report);
      const later = lasting.flatMap(({ groupId, endsAt }): LaterStep[] =>
        endsAt === undefined
          ? []
          : [{ action: "remove-from-groups", inputs: { user, groups: [groupId] }, notBefore: endsAt }],
      );
      return { outcome: "done", later };
    },
  }),

  "change-bundles": defineAction("change-bundles", {
    does: "Puts somebody into the groups of the bundles that fit now, and out of those of the other bundles: at once, or after some days in which the ticket shows it.",
    needs: "an account; bundles in actions.yaml. What a request gives is left alone",
    alreadySo: "the person is in those, and in none of the others",
    again: "harmless: the memberships are read first",
    scope: "groups",
    async perform(deps, { user, groups, keepFor }, { actionId }) {
      await accountOf(deps, user);
      const { bundles = [] } = (await deps.policy.current()).policy.actions ?? {};
      const before = await groupsToLeave(deps, user, actionId);
      const others = [...new Set(bundles.flatMap((bundle) => bundle.groups))].filter(
        (id) => before.includes(id) && !groups.includes(id),
      );
      const missing = groups.filter((id) => !before.includes(id));
      for (const groupId of groups) await holdGroup(deps, { requestId: actionId, userId: user, groupId });
      if (keepFor !== undefined && others.length > 0) {
        const notBefore = deps.clock.now() + keepFor * day;
        return {
          outcome: "done",
          later: [{ action: "change-bundles", inputs: { user, groups }, notBefore }],
        };
      }
      for (const groupId of others) await dropMembership(deps, { actionId, userId: user, groupId });
      return missing.length + others.length > 0 ? "done" : "already so";
    },
  }),
};

/** Those that the person is in, and those that a try of the same step took away and did not live to write that down. */
async function groupsToLeave(deps: ActionDeps, user: string, actionId: string): Promise<string[]> {
  const begun = (await deps.ledger.ofUser(user)).filter(({ reasons }) => reasons[actionId] !== undefined);
  return [...new Set([...(await deps.accounts.groupsOf(user)), ...begun.map(({ groupId }) => groupId)])];
}

/** When the last of the requests that give a membership ends it; undefined when something gives it for good. */
async function endOf(
  { requests }: Pick<ActionDeps, "requests">,
  entry: LedgerEntry | undefined,
): Promise<number | undefined> {
  const ids = requestsIn(entry);
  if (!entry || entry.existedBefore || ids.length < Object.keys(entry.reasons).length || ids.length === 0)
    return undefined;
  const ends: number[] = [];
  for (const id of ids) {
    const { endsAt } = held(await requests.get(id))?.grant ?? {};
    if (endsAt === undefined) return undefined;
    ends.push(endsAt);
  }
  return Math.max(...ends);
}

async function seeBound(deps: ActionDeps, user: string, application: string, wanted: boolean): Promise<void> {
  await changeAndSee(
    deps,
    `application ${application} of user ${user}`,
    () => deps.accounts.bindApplication(user, application, wanted),
    async () => (await deps.accounts.boundApplications(user)).includes(application) === wanted,
  );
}

async function seeManager(deps: ActionDeps, user: string, manager: string | null): Promise<void> {
  await changeAndSee(
    deps,
    `manager of user ${user}`,
    () => deps.accounts.changeAccount(user, { manager }),
    async () => ((await deps.accounts.account(user))?.manager ?? null) === manager,
  );
}

/** Unless somebody has given the report yet another manager since. */
async function giveBack(
  deps: ActionDeps,
  { userId, handedTo, reports }: Snapshot,
  report: string,
): Promise<void> {
  const account = await deps.accounts.account(report);
  if (!account || account.manager === userId || handedTo === undefined) return;
  const { protectedPeople = [] } = (await deps.policy.current()).policy;
  if (protectedPeople.includes(report)) return;
  const wasHandedOver = report === handedTo || account.manager === handedTo;
  if (wasHandedOver && reports.includes(report)) await seeManager(deps, report, userId);
}
