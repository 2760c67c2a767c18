import * as v from "valibot";
import type { Groups, UserGroup } from "../actions/group.ts";
import { type HttpClient, path } from "../http/client.ts";
import { read } from "../http/json.ts";
import { bind, boundTo } from "./bindings.ts";
import { Group, toGroup } from "./group.ts";

const Exemptions = v.array(v.object({ id: v.string(), type: v.string() }));
const Described = v.object({
  ...Group.entries,
  description: v.nullish(v.string()),
  memberQueryExemptions: v.nullish(Exemptions),
});
const Whole = v.record(v.string(), v.unknown());
const Created = v.object({ id: v.string() });

/** What JumpCloud says of a group, and does not take. */
const readOnly = ["id", "type", "organizationObjectId", "suggestionCounts", "memberQueryErrorFlags"];

const pageSize = 100;

/** The groups of an organisation, and what they open. */
export class JumpCloudGroups implements Groups {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  async userGroup(groupId: string): Promise<UserGroup | undefined> {
    const answer = await this.#get(groupId);
    return answer.status === 404 ? undefined : toUserGroup(read(answer, "group", Described));
  }

  /** Filters are case sensitive, names are not: all are looked through. */
  async groupsNamed(name: string): Promise<UserGroup[]> {
    const found: UserGroup[] = [];
    for (let skip = 0; ; skip += pageSize) {
      const query = { limit: String(pageSize), skip: String(skip), sort: "id" };
      const answer = await this.#http.call({ method: "GET", path: "/api/v2/usergroups", query });
      const page = read(answer, "groups", v.array(Described));
      found.push(...page.map(toUserGroup).filter((one) => one.name.toLowerCase() === name.toLowerCase()));
      if (page.length < pageSize) return found;
    }
  }

  async createGroup({ name, description }: { name: string; description: string }): Promise<string> {
    const answer = await this.#http.call({
      method: "POST",
      path: "/api/v2/usergroups",
      body: { name, description, membershipMethod: "STATIC" },
    });
    return read(answer, "new group", Created).id;
  }

  async changeGroup(
    groupId: string,
    { exemptions, ...changes }: Parameters<Groups["changeGroup"]>[1],
  ): Promise<void> {
    const whole = read(await this.#get(groupId), "group", Whole);
    const kept = Object.fromEntries(Object.entries(whole).filter(([name]) => !readOnly.includes(name)));
    await this.#http.call({
      method: "PUT",
      path: path`/api/v2/usergroups/${groupId}`,
      body: {
        ...kept,
        ...changes,
        ...(exemptions ? { memberQueryExemptions: exemptions.map((id) => ({ id, type: "user" })) } : {}),
      },
      repeatable: true,
    });
  }

  boundApplications(groupId: string): Promise<string[] | undefined> {
    return boundTo(this.#http, { kind: "usergroups", id: groupId });
  }

  /** By what is bound to it: the application's own record carries a private key. */
  async hasApplication(applicationId: string): Promise<boolean> {
    const answer = await this.#http.call({
      method: "GET",
      path: path`/api/v2/applications/${applicationId}/usergroups`,
      query: { limit: "1" },
      accept: [404],
    });
    return answer.status !== 404;
  }

  bind(groupId: string, applicationId: string): Promise<void> {
    return bind(this.#http, { kind: "usergroups", id: groupId }, "add", applicationId);
  }

  unbind(groupId: string, applicationId: string): Promise<void> {
    return bind(this.#http, { kind: "usergroups", id: groupId }, "remove", applicationId);
  }

  #get(groupId: string) {
    return this.#http.call({ method: "GET", path: path`/api/v2/usergroups/${groupId}`, accept: [404] });
  }
}

function toUserGroup(group: v.InferOutput<typeof Described>): UserGroup {
  return {
    ...toGroup(group),
    description: group.description ?? "",
    exemptions: (group.memberQueryExemptions ?? []).filter(({ type }) => type === "user").map(({ id }) => id),
  };
}
