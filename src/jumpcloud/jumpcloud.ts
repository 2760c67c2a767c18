import * as v from "valibot";
import type { DirectoryGroup } from "../grants/membership.ts";
import { type HttpClient, path } from "../http/client.ts";
import { read } from "../http/json.ts";
import type { DirectoryUser, Found } from "../people/directory-user.ts";
import { Group, toGroup } from "./group.ts";

const text = v.nullish(v.string());

const User = v.object({
  _id: v.string(),
  email: v.string(),
  state: text,
  suspended: v.nullish(v.boolean()),
  manager: text,
  displayname: text,
  firstname: text,
  lastname: text,
  department: text,
  jobTitle: text,
  employeeType: text,
  location: text,
  company: text,
  costCenter: text,
});

/** The fields of `User`. Version 1 of the API separates them by blanks; with commas it would ignore them all. */
const userFields = Object.keys(User.entries).join(" ");

const Users = v.object({ results: v.array(User) });

const Paths = v.array(v.object({ id: v.string() }));

const Application = v.object({
  _id: v.string(),
  name: text,
  displayName: text,
  displayLabel: text,
  active: v.nullish(v.boolean()),
  logo: v.nullish(v.object({ url: text })),
});
const Applications = v.object({ results: v.array(Application) });

/** `logo`: its address. */
export type DirectoryApplication = { applicationId: string; name: string; active: boolean; logo?: string };

/** How many records JumpCloud gives in one answer at most; asking for more is an error. */
const pageSize = 100;

/** What Latchkey asks of JumpCloud, on both versions of its API. */
export class JumpCloud {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  async user(userId: string): Promise<DirectoryUser | undefined> {
    const answer = await this.#http.call({
      method: "GET",
      path: path`/api/systemusers/${userId}`,
      query: { fields: userFields },
      accept: [404],
    });
    return answer.status === 404 ? undefined : toUser(read(answer, "user", User));
  }

  /** The user with exactly this address, whatever the case of its letters. */
  async userByEmail(email: string): Promise<Found> {
    const exactly = `(?i)(^${email.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$)`;
    const answer = await this.#http.call({
      method: "POST",
      path: "/api/search/systemusers",
      body: { filter: { and: [{ email: { $regex: exactly } }] }, fields: userFields, limit: 2, skip: 0 },
      repeatable: true,
    });
    const users = read(answer, "user search", Users)
      .results.map(toUser)
      .filter((user) => user.email.toLowerCase() === email.toLowerCase());
    const [user, another] = users;
    if (!user) return { kind: "none" };
    return another ? { kind: "several" } : { kind: "one", user };
  }

  /** Everybody. */
  async *users(): AsyncGenerator<DirectoryUser> {
    for (let skip = 0; ; skip += pageSize) {
      const query = { fields: userFields, limit: String(pageSize), skip: String(skip), sort: "_id" };
      const answer = await this.#http.call({ method: "GET", path: "/api/systemusers", query });
      const { results } = read(answer, "users", Users);
      yield* results.map(toUser);
      if (results.length < pageSize) return;
    }
  }

  async group(groupId: string): Promise<DirectoryGroup | undefined> {
    const answer = await this.#http.call({
      method: "GET",
      path: path`/api/v2/usergroups/${groupId}`,
      accept: [404],
    });
    if (answer.status === 404) return undefined;
    return toGroup(read(answer, "group", Group));
  }

  async isMember(userId: string, groupId: string): Promise<boolean> {
    const answer = await this.#http.call({
      method: "GET",
      path: path`/api/v2/users/${userId}/memberof`,
      query: { filter: `object_id:eq:${groupId}`, limit: String(pageSize) },
      accept: [404],
    });
    return answer.status !== 404 && read(answer, "memberships", Paths).some((group) => group.id === groupId);
  }

  /** Ids of the user's groups, direct or not. Empty for a user that JumpCloud does not have. */
  async groupsOf(userId: string): Promise<string[]> {
    return (await this.#paths(path`/api/v2/users/${userId}/memberof`)) ?? [];
  }

  /** User ids of the group's members; undefined when there is no such group. */
  membersOf(groupId: string): Promise<string[] | undefined> {
    return this.#paths(path`/api/v2/usergroups/${groupId}/membership`);
  }

  /** The ids that a walk through JumpCloud's graph finds; undefined when what it starts from is not there. */
  async #paths(from: string): Promise<string[] | undefined> {
    const ids: string[] = [];
    for (let skip = 0; ; skip += pageSize) {
      const query = { limit: String(pageSize), skip: String(skip) };
      const answer = await this.#http.call({ method: "GET", path: from, query, accept: [404] });
      if (answer.status === 404) return undefined;
      const page = read(answer, "walk through the graph", Paths);
      ids.push(...page.map(({ id }) => id));
      if (page.length < pageSize) return ids;
    }
  }

  /** Sources disagree whether somebody who is a member already is answered 204 or 409. */
  async addMember(userId: string, groupId: string): Promise<void> {
    await this.#changeMember(groupId, { op: "add", type: "user", id: userId }, [409]);
  }

  /** Sources disagree whether somebody who is no member is answered 204 or 404. */
  async removeMember(userId: string, groupId: string): Promise<void> {
    await this.#changeMember(groupId, { op: "remove", type: "user", id: userId }, [404]);
  }

  /**
   * The organisation's SSO applications. JumpCloud's records of them carry the private key that signs SAML assertions,
   * and it is not known whether naming fields holds it back; the schema takes six fields and drops the rest here.
   */
  async *applications(): AsyncGenerator<DirectoryApplication> {
    const fields = Object.keys(Application.entries).join(" ");
    for (let skip = 0; ; skip += pageSize) {
      const query = { fields, limit: String(pageSize), skip: String(skip), sort: "_id" };
      const answer = await this.#http.call({ method: "GET", path: "/api/applications", query });
      const { results } = read(answer, "applications", Applications);
      for (const { _id, displayLabel, displayName, name, active, logo } of results)
        yield {
          applicationId: _id,
          name: displayLabel || displayName || name || _id,
          active: active !== false,
          ...(logo?.url ? { logo: logo.url } : {}),
        };
      if (results.length < pageSize) return;
    }
  }

  async #changeMember(groupId: string, body: object, accept: number[]): Promise<void> {
    await this.#http.call({
      method: "POST",
      path: path`/api/v2/usergroups/${groupId}/members`,
      body,
      accept,
    });
  }
}

function toUser(user: v.InferOutput<typeof User>): DirectoryUser {
  const { department, jobTitle, employeeType, location, company, costCenter } = user;
  const attributes = { department, jobTitle, employeeType, location, company, costCenter };
  const displayName = user.displayname || [user.firstname, user.lastname].filter(Boolean).join(" ");
  return {
    userId: user._id,
    email: user.email,
    // Whichever of the two says suspended is believed: they must agree, and are not always written together.
    state: user.suspended ? "SUSPENDED" : (user.state ?? "UNKNOWN"),
    ...(user.manager ? { manager: user.manager } : {}),
    ...(displayName ? { displayName } : {}),
    attributes: Object.fromEntries(
      Object.entries(attributes).flatMap(([name, value]) => (value ? [[name, value]] : [])),
    ),
  };
}
