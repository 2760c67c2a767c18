import { createHash } from "node:crypto";
import * as v from "valibot";
import type { HttpAnswer } from "../../http.ts";
import { notNegative, object, wholeNumber } from "../../json-schemas.ts";
import { type ApiCall, type ApiRoutes, bodyOf, listed, platformError, viewOf } from "./api-call.ts";
import { issueJson, selectFields } from "./issue-json.ts";
import type { Issue } from "./issues.ts";
import { JqlError } from "./jql.ts";
import { prepareSearch } from "./search.ts";
import { canSee } from "./site.ts";

/** Searching with JQL. */
export const searchRoutes: ApiRoutes = {
  "POST /rest/api/3/search/jql": (call) => search(call, bodyOf(call, searchSchema, platformError)),
  "GET /rest/api/3/search/jql": (call) => search(call, searchOfQuery(call)),
  "GET /rest/api/3/search": removed,
  "POST /rest/api/3/search": removed,
};

const searchSchema = object({
  jql: v.exactOptional(v.string()),
  fields: v.exactOptional(v.array(v.string())),
  properties: v.exactOptional(v.pipe(v.array(v.string()), v.maxLength(5))),
  maxResults: v.exactOptional(notNegative),
  nextPageToken: v.exactOptional(v.nullable(v.string())),
  reconcileIssues: v.exactOptional(v.pipe(v.array(wholeNumber), v.maxLength(50))),
  expand: v.exactOptional(v.string()),
  fieldsByKeys: v.exactOptional(v.boolean()),
});

type SearchInput = v.InferOutput<typeof searchSchema>;

function searchOfQuery(call: ApiCall): SearchInput {
  const maxResults = Number(call.query.get("maxResults") ?? 50);
  return {
    jql: call.query.get("jql") ?? "",
    maxResults: Number.isInteger(maxResults) && maxResults >= 0 ? maxResults : 50,
    nextPageToken: call.query.get("nextPageToken"),
    reconcileIssues: listed(call, "reconcileIssues").map(Number),
    ...(call.query.has("fields") ? { fields: listed(call, "fields") } : {}),
    ...(call.query.has("properties") ? { properties: listed(call, "properties") } : {}),
  };
}

function removed(): HttpAnswer {
  throw platformError(410, "The requested API has been removed. Please use the /rest/api/3/search/jql API.");
}

const idsOnly = new Set(["id", "key"]);

function search(call: ApiCall, input: SearchInput): HttpAnswer {
  const jql = input.jql ?? "";
  const offset = offsetOf(input.nextPageToken ?? null, jql, call);
  const found = matching(call, jql, new Set((input.reconcileIssues ?? []).map(String)));
  const fields = input.fields ?? ["id"];
  const most = fields.every((field) => idsOnly.has(field)) ? 5000 : 100;
  const page = found.slice(offset, offset + Math.min(input.maxResults ?? 50, most));
  const next = offset + page.length;
  const isLast = next >= found.length || page.length === 0;
  return {
    status: 200,
    body: {
      issues: page.map((issue) => foundIssue(issue, fields, input.properties ?? [], call)),
      ...(isLast ? {} : { nextPageToken: tokenFor(next, jql, call) }),
      isLast,
    },
  };
}

function matching(call: ApiCall, jql: string, current: ReadonlySet<string>): Issue[] {
  try {
    const { bounded, matches, compare } = prepareSearch(jql, call.site, call.actor);
    if (!bounded)
      throw platformError(
        400,
        "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
      );
    return call.site.issues
      .search(current)
      .filter((issue) => canSee(issue, call.actor) && matches(issue))
      .sort(compare);
  } catch (error) {
    if (!(error instanceof JqlError)) throw error;
    // To somebody who may see nothing Jira does not even say that a name is wrong.
    if (!call.actor.agent) return [];
    throw platformError(400, error.message);
  }
}

function foundIssue(issue: Issue, fields: string[], properties: string[], call: ApiCall): object {
  if (fields.length === 1 && fields[0] === "id") return { id: issue.id };
  const wantedProperties = selectFields(properties, "id");
  const shown = Object.entries(issue.properties).filter(([key]) => wantedProperties(key));
  return {
    expand: "",
    ...issueJson(issue, viewOf(call), selectFields(fields, "id")),
    ...(properties.length > 0 ? { properties: Object.fromEntries(shown) } : {}),
  };
}

const tokenLife = 7 * 24 * 3_600_000;
const tokenSchema = v.pipe(
  v.string(),
  v.parseJson(),
  object({ offset: wholeNumber, query: v.string(), issued: v.number() }),
);

function tokenFor(offset: number, jql: string, call: ApiCall): string {
  const token = { offset, query: digest(jql), issued: call.site.clock.now() };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** Where the page of a token begins. A token is good for a week, and for its own query only. */
function offsetOf(token: string | null, jql: string, call: ApiCall): number {
  if (token === null || token === "") return 0;
  const { success, output } = v.safeParse(tokenSchema, Buffer.from(token, "base64url").toString());
  if (success && output.query === digest(jql) && output.issued > call.site.clock.now() - tokenLife)
    return output.offset;
  throw platformError(400, "The provided next page token is invalid or expired.");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
