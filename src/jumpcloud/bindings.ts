import * as v from "valibot";
import { type HttpClient, path } from "../http/client.ts";
import { read } from "../http/json.ts";

const Connections = v.array(v.object({ to: v.object({ id: v.string() }) }));

/** A group, or a person directly. */
export type Holder = { kind: "usergroups" | "users"; id: string };

const pageSize = 100;

function associations({ kind, id }: Holder): string {
  return kind === "users"
    ? path`/api/v2/users/${id}/associations`
    : path`/api/v2/usergroups/${id}/associations`;
}

/** Ids of the applications that are bound to the holder itself; undefined when there is no such holder. */
export async function boundTo(http: HttpClient, holder: Holder): Promise<string[] | undefined> {
  const ids: string[] = [];
  for (;;) {
    const answer = await http.call({
      method: "GET",
      path: associations(holder),
      query: { targets: "application", limit: String(pageSize), skip: String(ids.length) },
      accept: [404],
    });
    if (answer.status === 404) return undefined;
    const page = read(answer, "bindings", Connections);
    ids.push(...page.map(({ to }) => to.id));
    if (page.length < pageSize) return ids;
  }
}

/** Sources disagree whether what is so already is answered 204, or 409 for a binding and 404 for none. */
export async function bind(
  http: HttpClient,
  holder: Holder,
  op: "add" | "remove",
  applicationId: string,
): Promise<void> {
  await http.call({
    method: "POST",
    path: associations(holder),
    body: { op, type: "application", id: applicationId },
    accept: [op === "add" ? 409 : 404],
  });
}
