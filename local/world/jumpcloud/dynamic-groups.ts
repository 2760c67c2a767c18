import type { LocalClock, Timer } from "../../clock.ts";
import type { Store } from "../../store.ts";
import { type Caller, jumpcloudItself } from "./authentication.ts";
import type { Graph } from "./graph.ts";
import type { Group } from "./group-record.ts";
import type { Groups } from "./groups.ts";
import type { Journal } from "./journal.ts";
import { membershipRule } from "./membership-rule.ts";
import type { Moods } from "./moods.ts";
import type { User } from "./user-record.ts";
import type { Users } from "./users.ts";

/** A change that would make a group's members fit its rule. */
type Suggestion = { op: "add" | "remove"; user: User };

type Parts = {
  store: Store;
  clock: LocalClock;
  moods: Moods;
  graph: Graph;
  journal: Journal;
  users: Users;
  groups: Groups;
};

/**
 * Keeps the members of dynamic groups as their rules want them. A change by hand is accepted, and undone some time later
 * (https://jumpcloud.com/support/configure-dynamic-user-groups).
 */
export class DynamicGroups {
  readonly #parts: Parts;
  readonly #pending = new Map<string, Timer>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Sets a recomputation for each automated group whose members do not fit. To be called after every change. */
  consider(): void {
    const { clock, groups, moods } = this.#parts;
    for (const group of groups.all()) {
      if (!isAutomated(group) || this.#pending.has(group.id)) continue;
      if (this.suggestions(group).length === 0) continue;
      const recompute = () => {
        this.#pending.delete(group.id);
        this.#recompute(group.id);
      };
      this.#pending.set(group.id, clock.at(clock.now() + moods.recomputeMs, recompute));
    }
  }

  /** What separates the members of a dynamic group from its rule; nothing for other groups. */
  suggestions(group: Group): Suggestion[] {
    if (group.membershipMethod === "STATIC" || !group.memberQuery) return [];
    const { graph, users } = this.#parts;
    const fits = membershipRule(group.memberQuery);
    const members = new Set(
      graph.targetsNow({ type: "user_group", id: group.id }, "user").map(({ id }) => id),
    );
    const exempt = new Set(group.memberQueryExemptions.map(({ id }) => id));
    return users
      .all()
      .filter((user) => !exempt.has(user._id) && fits(user) !== members.has(user._id))
      .map((user) => ({ op: members.has(user._id) ? "remove" : "add", user }));
  }

  /** Carries out the suggestions for these users; returns their ids. */
  apply(group: Group, userIds: string[], by: Caller): string[] {
    const chosen = this.suggestions(group).filter(({ user }) => userIds.includes(user._id));
    const { graph, journal } = this.#parts;
    const from = { type: "user_group" as const, id: group.id };
    for (const { op, user } of chosen) {
      const to = { type: "user" as const, id: user._id };
      if (op === "add") graph.connect(from, to);
      else graph.disconnect(from, to);
    }
    for (const { op, user } of chosen) {
      const { _id: id, username, email } = user;
      journal.record(by, {
        type: op === "add" ? "member added" : "member removed",
        group: { id: group.id, name: group.name },
        user: { id, username, email },
      });
    }
    return chosen.map(({ user }) => user._id);
  }

  stop(): void {
    for (const timer of this.#pending.values()) timer.cancel();
    this.#pending.clear();
  }

  #recompute(id: string): void {
    const { groups, store } = this.#parts;
    const group = groups.find(id);
    if (!group || !isAutomated(group)) return;
    const everyone = this.suggestions(group).map(({ user }) => user._id);
    store.together(() => this.apply(group, everyone, jumpcloudItself));
  }
}

/** Older groups have a rule and no method; they are automated too. */
function isAutomated({ membershipMethod, memberQuery }: Group): boolean {
  return (
    membershipMethod === "DYNAMIC_AUTOMATED" || (membershipMethod === "NOTSET" && memberQuery !== undefined)
  );
}
