import type { LocalClock } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import { keys } from "../company.ts";
import type { Caller } from "./authentication.ts";
import type { Graph } from "./graph.ts";
import type { Group, GroupBody } from "./group-record.ts";
import { newId } from "./ids.ts";
import type { Journal } from "./journal.ts";
import { membershipRule } from "./membership-rule.ts";
import type { Moods } from "./moods.ts";
import { refusal } from "./refusal.ts";

export class Groups {
  readonly #groups: Collection<Group>;
  readonly #clock: LocalClock;
  readonly #moods: Moods;
  readonly #graph: Graph;
  readonly #journal: Journal;

  constructor(parts: { store: Store; clock: LocalClock; moods: Moods; graph: Graph; journal: Journal }) {
    this.#groups = parts.store.collection("jumpcloud.groups");
    this.#clock = parts.clock;
    this.#moods = parts.moods;
    this.#graph = parts.graph;
    this.#journal = parts.journal;
  }

  all(): Group[] {
    return this.#groups.values();
  }

  find(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  /** Throws 404 for an unknown id. */
  get(id: string): Group {
    const group = this.#groups.get(id);
    if (!group) throw refusal(404, `there is no user group ${id}`);
    return group;
  }

  create(body: GroupBody, by: Caller): Group {
    this.#check(body);
    const group = this.put(newId(this.#clock.now()), body);
    this.#journal.record(by, { type: "group created", group: { id: group.id, name: group.name } });
    return group;
  }

  /** The full update of `PUT`: what is not sent is reset. */
  replace(id: string, body: GroupBody, by: Caller): Group {
    this.#check(body, this.get(id));
    const group = this.put(id, body);
    this.#journal.record(by, { type: "group changed", group: { id, name: group.name } });
    return group;
  }

  /** With it goes all access that it gave. */
  remove(id: string, by: Caller): Group {
    const group = this.get(id);
    this.#groups.delete(id);
    this.#graph.remove({ type: "user_group", id });
    this.#journal.record(by, { type: "group deleted", group: { id, name: group.name } });
    return group;
  }

  /** Writes a group without checking it. */
  put(id: string, body: GroupBody): Group {
    const group: Group = {
      ...body,
      id,
      type: "user_group",
      organizationObjectId: keys.jumpcloudOrganization,
      attributes: body.attributes ?? {},
      membershipMethod: body.membershipMethod ?? (body.memberQuery ? "NOTSET" : "STATIC"),
      memberQueryExemptions: body.memberQueryExemptions ?? [],
    };
    this.#groups.set(id, group);
    return group;
  }

  #check(body: GroupBody, group?: Group): void {
    const folded = body.name.toLowerCase();
    if (this.all().some((other) => other.id !== group?.id && other.name.toLowerCase() === folded))
      throw refusal(this.#moods.duplicateGroupName, "Already Exists");
    if (body.memberQuery) membershipRule(body.memberQuery);
  }
}
