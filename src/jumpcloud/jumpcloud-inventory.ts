import * as v from "valibot";
import type { DirectoryGroup } from "../grants/membership.ts";
import { type HttpClient, path } from "../http/client.ts";
import { read } from "../http/json.ts";
import { Group, toGroup } from "./group.ts";

const Groups = v.array(Group);
const Bound = v.array(v.object({ id: v.string() }));

const pageSize = 100;

/** All that the organisation has, for whoever looks through it as a whole. */
export class JumpCloudInventory {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** Every user group. */
  async *groups(): AsyncGenerator<DirectoryGroup> {
    for (let skip = 0; ; skip += pageSize) {
      const query = { limit: String(pageSize), skip: String(skip), sort: "id" };
      const answer = await this.#http.call({ method: "GET", path: "/api/v2/usergroups", query });
      const page = read(answer, "groups", Groups);
      yield* page.map(toGroup);
      if (page.length < pageSize) return;
    }
  }

  /** Ids of the groups that are bound to the application; undefined when there is no such application. */
  async groupsOf(applicationId: string): Promise<string[] | undefined> {
    const ids: string[] = [];
    for (;;) {
      const answer = await this.#http.call({
        method: "GET",
        path: path`/api/v2/applications/${applicationId}/usergroups`,
        query: { limit: String(pageSize), skip: String(ids.length) },
        accept: [404],
      });
      if (answer.status === 404) return undefined;
      const page = read(answer, "groups of an application", Bound);
      ids.push(...page.map(({ id }) => id));
      if (page.length < pageSize) return ids;
    }
  }
}
