import * as v from "valibot";
import type { Reach } from "../actions/blast-radius.ts";
import { type HttpClient, path } from "../http/client.ts";
import { read } from "../http/json.ts";

const Step = v.object({ to: v.object({ id: v.string(), type: v.string() }) });
const Reached = v.array(v.object({ id: v.string(), paths: v.array(v.array(Step)) }));
const Named = v.array(v.object({ id: v.string() }));

const Group = v.object({
  name: v.string(),
  attributes: v.nullish(
    v.object({
      sudo: v.nullish(v.object({ enabled: v.nullish(v.boolean()), withoutPassword: v.nullish(v.boolean()) })),
      ldapGroups: v.nullish(v.array(v.object({ name: v.string() }))),
    }),
  ),
});

const Users = v.object({ results: v.array(v.object({ _id: v.string() })) });

const pageSize = 100;
const mostPages = 5;

/** What people are told of JumpCloud's graph. Each look takes a limited number of calls, however large the organisation is. */
export class JumpCloudGraph {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** undefined when there is no such group. `sudo`: what its members become on the devices that they may use. */
  async group(
    groupId: string,
  ): Promise<
    { name: string; sudo: "none" | "with password" | "without password"; ldapGroups: string[] } | undefined
  > {
    const answer = await this.#http.call({
      method: "GET",
      path: path`/api/v2/usergroups/${groupId}`,
      accept: [404],
    });
    if (answer.status === 404) return undefined;
    const { name, attributes } = read(answer, "group", Group);
    const { sudo, ldapGroups } = attributes ?? {};
    const withSudo = sudo?.withoutPassword ? "without password" : "with password";
    return {
      name,
      sudo: sudo?.enabled ? withSudo : "none",
      ldapGroups: ldapGroups?.map((group) => group.name) ?? [],
    };
  }

  /** What the group is bound to, directly or not; the first page. */
  async boundTo(
    groupId: string,
    kind: "applications" | "ldapservers" | "radiusservers" | "systems" | "systemgroups",
  ): Promise<string[]> {
    const answer = await this.#http.call({
      method: "GET",
      path: path`/api/v2/usergroups/${groupId}/${kind}`,
      query: { limit: String(pageSize) },
    });
    return read(answer, kind, Named).map(({ id }) => id);
  }

  /** Every application that the person can open, and the ids of the groups on each way to it. */
  async applicationsOf(userId: string): Promise<Reach[]> {
    const reach: Reach[] = [];
    for (;;) {
      const answer = await this.#http.call({
        method: "GET",
        path: path`/api/v2/users/${userId}/applications`,
        query: { limit: String(pageSize), skip: String(reach.length) },
        accept: [404],
      });
      if (answer.status === 404) return [];
      const page = read(answer, "applications of a user", Reached);
      reach.push(
        ...page.map(({ id, paths }) => ({
          applicationId: id,
          ways: paths.map((steps) => steps.flatMap(({ to }) => (to.type === "user_group" ? [to.id] : []))),
        })),
      );
      if (page.length < pageSize) return reach;
    }
  }

  /** User ids of the group's members; undefined when there are too many to be read. */
  async membersOf(groupId: string): Promise<string[] | undefined> {
    const ids: string[] = [];
    for (let page = 0; page < mostPages; page++) {
      const answer = await this.#http.call({
        method: "GET",
        path: path`/api/v2/usergroups/${groupId}/membership`,
        query: { limit: String(pageSize), skip: String(ids.length) },
      });
      const found = read(answer, "members", Named);
      ids.push(...found.map(({ id }) => id));
      if (found.length < pageSize) return ids;
    }
    return undefined;
  }

  /** User ids of the department's active people; undefined when there are too many to be read. */
  async colleaguesIn(department: string): Promise<string[] | undefined> {
    const ids: string[] = [];
    for (let page = 0; page < mostPages; page++) {
      const answer = await this.#http.call({
        method: "POST",
        path: "/api/search/systemusers",
        body: {
          filter: { and: [{ department: { $eq: department } }, { state: { $eq: "ACTIVATED" } }] },
          fields: "department",
          limit: pageSize,
          skip: ids.length,
          sort: "_id",
        },
        repeatable: true,
      });
      const { results } = read(answer, "user search", Users);
      ids.push(...results.map(({ _id }) => _id));
      if (results.length < pageSize) return ids;
    }
    return undefined;
  }
}
