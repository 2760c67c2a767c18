import * as v from "valibot";
import type { Accounts, DirectoryAccount, NewAccount, ScheduledChange } from "../actions/account.ts";
import { type HttpClient, path } from "../http/client.ts";
import { read } from "../http/json.ts";
import { bind, boundTo } from "./bindings.ts";

const text = v.nullish(v.string());
const flag = v.nullish(v.boolean());

/** Fields of a user that hold plain text, by JumpCloud's names. */
const textFields = [
  "alternateEmail",
  "company",
  "costCenter",
  "department",
  "description",
  "displayname",
  "employeeIdentifier",
  "employeeType",
  "firstname",
  "jobTitle",
  "lastname",
  "location",
  "middlename",
] as const;

const User = v.object({
  _id: v.string(),
  username: v.string(),
  email: v.string(),
  state: text,
  suspended: flag,
  account_locked: flag,
  password_expired: flag,
  activated: flag,
  totp_enabled: flag,
  mfaEnrollment: v.nullish(v.object({ overallStatus: text })),
  manager: text,
  delegatedAuthority: v.nullish(v.unknown()),
  restrictedFields: v.nullish(v.array(v.object({ field: v.string() }))),
  attributes: v.nullish(v.array(v.object({ name: v.string(), value: text }))),
  ...v.entriesFromList(textFields, text),
});
/** Version 1 of the API separates them by blanks. */
const userFields = Object.keys(User.entries).join(" ");
const Users = v.object({ results: v.array(User) });
const Created = v.object({ _id: v.string() });
const Ids = v.array(v.object({ id: v.string() }));
const Reports = v.object({ results: v.array(v.object({ _id: v.string() })) });
const Jobs = v.array(
  v.object({
    scheduledJobId: v.string(),
    state: v.picklist(["ACTIVATED", "SUSPENDED"]),
    scheduledDate: v.string(),
  }),
);

const pageSize = 100;

/**
 * The accounts of an organisation, read and changed. What is not safe to repeat is sent once: whether it was done when no
 * answer came is for the caller to find out.
 */
export class JumpCloudAccounts implements Accounts {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  async account(userId: string): Promise<DirectoryAccount | undefined> {
    const answer = await this.#http.call({
      method: "GET",
      path: path`/api/systemusers/${userId}`,
      query: { fields: userFields },
      accept: [404],
    });
    return answer.status === 404 ? undefined : toAccount(read(answer, "user", User));
  }

  async accountsNamed(named: { email: string; username: string }): Promise<DirectoryAccount[]> {
    const exactly = (value: string) => `(?i)(^${value.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$)`;
    const answer = await this.#http.call({
      method: "POST",
      path: "/api/search/systemusers",
      body: {
        filter: {
          or: [
            { email: { $regex: exactly(named.email) } },
            { username: { $regex: exactly(named.username) } },
          ],
        },
        fields: userFields,
        limit: 3,
        skip: 0,
      },
      repeatable: true,
    });
    const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
    return read(answer, "user search", Users)
      .results.map(toAccount)
      .filter(({ email, username }) => same(email, named.email) || same(username, named.username));
  }

  async createAccount({ username, email, fields, attributes, manager }: NewAccount): Promise<string> {
    const answer = await this.#http.call({
      method: "POST",
      path: "/api/systemusers",
      body: {
        ...fields,
        username,
        email,
        // Left to the organisation's settings, it might be active at once.
        state: "STAGED",
        attributes: listOf(attributes),
        ...(manager === undefined ? {} : { manager }),
      },
    });
    return read(answer, "new user", Created)._id;
  }

  async changeAccount(
    userId: string,
    { fields, attributes, manager, locked, state }: Parameters<Accounts["changeAccount"]>[1],
  ): Promise<void> {
    await this.#http.call({
      method: "PUT",
      path: path`/api/systemusers/${userId}`,
      body: {
        // Documented as text: an empty one takes the field away.
        ...Object.fromEntries(Object.entries(fields ?? {}).map(([name, value]) => [name, value ?? ""])),
        ...(attributes ? { attributes: listOf(attributes) } : {}),
        ...(manager === undefined ? {} : { manager }),
        ...(locked === undefined ? {} : { account_locked: locked }),
        // What JumpCloud does with two that disagree is not documented.
        ...(state === undefined ? {} : { state, suspended: state === "SUSPENDED" }),
      },
      repeatable: true,
    });
  }

  async activate(userId: string, mail: boolean): Promise<void> {
    await this.#act(path`/api/systemusers/${userId}/state/activate`, { email: mail });
  }

  async unlock(userId: string): Promise<void> {
    await this.#act(path`/api/systemusers/${userId}/unlock`);
  }

  async expirePassword(userId: string): Promise<void> {
    await this.#act(path`/api/systemusers/${userId}/expire`);
  }

  async sendPasswordMail(userId: string): Promise<void> {
    await this.#act(path`/api/systemusers/${userId}/reactivate`);
  }

  async resetMfa(userId: string, until: number): Promise<void> {
    const exclusionUntil = new Date(until).toISOString();
    await this.#act(path`/api/systemusers/${userId}/resetmfa`, { exclusion: true, exclusionUntil });
  }

  async scheduledChanges(userId: string): Promise<ScheduledChange[]> {
    const changes: ScheduledChange[] = [];
    for (;;) {
      const answer = await this.#http.call({
        method: "GET",
        path: "/api/v2/bulk/userstates",
        query: { userid: userId, limit: String(pageSize), skip: String(changes.length) },
      });
      const jobs = read(answer, "scheduled changes", Jobs);
      changes.push(
        ...jobs.map(({ scheduledJobId, state, scheduledDate }) => ({
          jobId: scheduledJobId,
          state,
          at: Date.parse(scheduledDate),
        })),
      );
      if (jobs.length < pageSize) return changes;
    }
  }

  async scheduleChange(userId: string, state: ScheduledChange["state"], at: number): Promise<void> {
    await this.#http.call({
      method: "POST",
      path: "/api/v2/bulk/userstates",
      body: { user_ids: [userId], state, start_date: new Date(at).toISOString() },
    });
  }

  async cancelScheduledChange(jobId: string): Promise<void> {
    await this.#http.call({
      method: "DELETE",
      path: path`/api/v2/bulk/userstates/${jobId}`,
      accept: [404],
      repeatable: true,
    });
  }

  async groupsOf(userId: string): Promise<string[]> {
    const ids: string[] = [];
    for (;;) {
      const answer = await this.#http.call({
        method: "GET",
        path: path`/api/v2/users/${userId}/memberof`,
        query: { limit: String(pageSize), skip: String(ids.length) },
        accept: [404],
      });
      if (answer.status === 404) return ids;
      const page = read(answer, "memberships", Ids);
      ids.push(...page.map(({ id }) => id));
      if (page.length < pageSize) return ids;
    }
  }

  async boundApplications(userId: string): Promise<string[]> {
    return (await boundTo(this.#http, { kind: "users", id: userId })) ?? [];
  }

  bindApplication(userId: string, applicationId: string, wanted: boolean): Promise<void> {
    return bind(this.#http, { kind: "users", id: userId }, wanted ? "add" : "remove", applicationId);
  }

  async reportsOf(userId: string): Promise<string[]> {
    const ids: string[] = [];
    for (;;) {
      const answer = await this.#http.call({
        method: "POST",
        path: "/api/search/systemusers",
        body: {
          filter: { and: [{ manager: { $eq: userId } }] },
          fields: "manager",
          limit: pageSize,
          skip: ids.length,
          sort: "_id",
        },
        repeatable: true,
      });
      const { results } = read(answer, "user search", Reports);
      ids.push(...results.map(({ _id }) => _id));
      if (results.length < pageSize) return ids;
    }
  }

  async deleteAccount(userId: string, reportsTo: string | undefined): Promise<void> {
    await this.#http.call({
      method: "DELETE",
      path: path`/api/systemusers/${userId}`,
      query: { cascade_manager: reportsTo ?? "null" },
      accept: [404],
      repeatable: true,
    });
  }

  /** A call that does something to a person, and answers nothing of use. */
  async #act(to: string, body: object = {}): Promise<void> {
    await this.#http.call({ method: "POST", path: to, body });
  }
}

function toAccount(user: v.InferOutput<typeof User>): DirectoryAccount {
  const { restrictedFields, attributes, delegatedAuthority, manager } = user;
  const managed = restrictedFields?.map(({ field }) => field) ?? [];
  return {
    userId: user._id,
    username: user.username,
    email: user.email,
    // Whichever of the two says suspended is believed: they must agree, and are not always written together.
    state: user.suspended ? "SUSPENDED" : (user.state ?? "UNKNOWN"),
    locked: user.account_locked ?? false,
    passwordExpired: user.password_expired ?? false,
    hasPassword: user.activated ?? false,
    mfaEnrolled: user.totp_enabled === true || user.mfaEnrollment?.overallStatus === "ENROLLED",
    ...(manager ? { manager } : {}),
    fields: Object.fromEntries(textFields.flatMap((name) => (user[name] ? [[name, user[name]]] : []))),
    attributes: Object.fromEntries((attributes ?? []).map(({ name, value }) => [name, value ?? ""])),
    managedElsewhere: delegatedAuthority ? [...managed, "password"] : managed,
  };
}

function listOf(attributes: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(attributes).map(([name, value]) => ({ name, value }));
}
