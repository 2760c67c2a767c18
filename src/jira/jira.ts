import * as v from "valibot";
import type { ApprovalRecord } from "../approvals/approval-proof.ts";
import { JiraRefusedError, UnexpectedAnswerError } from "../errors.ts";
import type { HttpClient } from "../http/client.ts";
import { path } from "../http/client.ts";
import { read } from "../http/json.ts";
import type { Comment } from "../requests/comment.ts";
import type { Account, FieldChange, Issue, StatusChange } from "../requests/issue.ts";
import { asDocument, asText } from "./adf.ts";
import { EpochMillis, Id, IssueAnswer, Time, toAccount, toIssue, User } from "./answers.ts";

/** Which fields hold what, and who Latchkey is: from site.yaml. */
export type JiraSettings = { fieldIds: string[]; serviceAccount: string };

const Approvals = v.object({
  values: v.array(
    v.object({
      id: Id,
      finalDecision: v.picklist(["approved", "declined", "pending"]),
      createdDate: v.object({ epochMillis: EpochMillis }),
      completedDate: v.nullish(v.object({ epochMillis: EpochMillis })),
      approvers: v.array(
        v.object({
          approver: v.object({ accountId: Id, active: v.optional(v.boolean(), true) }),
          approverDecision: v.picklist(["approved", "declined", "pending"]),
        }),
      ),
    }),
  ),
  isLastPage: v.optional(v.boolean(), true),
});

const Changes = v.object({
  values: v.array(
    v.object({
      id: Id,
      created: Time,
      author: v.nullish(User),
      items: v.array(
        v.object({
          fieldId: v.nullish(v.string()),
          from: v.nullish(v.string()),
          fromString: v.nullish(v.string()),
          to: v.nullish(v.string()),
        }),
      ),
    }),
  ),
  isLast: v.optional(v.boolean(), true),
});

const Comments = v.object({
  comments: v.array(v.object({ author: v.nullish(User), body: v.unknown() })),
});

const Members = v.object({ values: v.array(User), isLast: v.optional(v.boolean(), true) });
const Picked = v.object({ users: v.object({ users: v.array(v.object({ accountId: Id })) }) });
const Permissions = v.object({
  permissions: v.object({ BROWSE_PROJECTS: v.object({ havePermission: v.boolean() }) }),
});
const Found = v.object({
  issues: v.array(IssueAnswer),
  nextPageToken: v.nullish(v.string()),
});
const AnyFound = v.object({ issues: v.array(v.unknown()) });

/** What Latchkey asks of Jira, on the platform's and the service desk's API. Issues are named by id: keys change. */
export class Jira {
  readonly #http: HttpClient;
  readonly #settings: () => Promise<JiraSettings>;

  constructor(http: HttpClient, settings: () => Promise<JiraSettings>) {
    this.#http = http;
    this.#settings = settings;
  }

  /**
   * undefined when it is gone. Jira answers the same for an issue that the account may not see, so when the issue's
   * project is known it is asked whether that can be seen.
   *
   * @throws JiraRefusedError when the account cannot see the project
   */
  async issue(idOrKey: string, projectId?: string): Promise<Issue | undefined> {
    const answer = await this.#http.call({
      method: "GET",
      path: path`/rest/api/3/issue/${idOrKey}`,
      query: { fields: await this.#fields(), expand: "transitions" },
      accept: [404],
    });
    if (answer.status !== 404) return toIssue(read(answer, "issue", IssueAnswer));
    if (projectId !== undefined && !(await this.#canSee(projectId)))
      throw new JiraRefusedError(`a look at project ${projectId}`, 404);
    return undefined;
  }

  /** Issues of the projects that changed within the last minutes; Jira's index lags by seconds. */
  async *changedIssues(projectIds: string[], minutes: number): AsyncGenerator<Issue> {
    const jql = `project in (${projectIds.join(", ")}) AND updated >= -${minutes}m ORDER BY updated ASC`;
    let nextPageToken: string | undefined;
    for (let pages = 0; pages < mostPages; pages++) {
      const answer = await this.#http.call({
        method: "POST",
        path: "/rest/api/3/search/jql",
        body: {
          jql,
          fields: (await this.#fields()).split(","),
          maxResults: 100,
          ...(nextPageToken ? { nextPageToken } : {}),
        },
        repeatable: true,
      });
      const page = read(answer, "search", Found);
      yield* page.issues.map(toIssue);
      nextPageToken = page.nextPageToken ?? undefined;
      if (!nextPageToken) return;
    }
    throw endless("search");
  }

  /** Whether an issue fits the JQL; Jira's index lags by seconds. */
  async hasIssue(jql: string): Promise<boolean> {
    const answer = await this.#http.call({
      method: "POST",
      path: "/rest/api/3/search/jql",
      body: { jql, fields: ["id"], maxResults: 1 },
      repeatable: true,
    });
    return read(answer, "search", AnyFound).issues.length > 0;
  }

  async approvals(issueId: string): Promise<ApprovalRecord[]> {
    return listed("approvals", async (start) => {
      const answer = await this.#http.call({
        method: "GET",
        path: path`/rest/servicedeskapi/request/${issueId}/approval`,
        query: { start: String(start), limit: "50" },
        accept: [404],
      });
      if (answer.status === 404) return undefined;
      const page = read(answer, "approvals", Approvals);
      const values = page.values.map(({ id, finalDecision, createdDate, completedDate, approvers }) => ({
        id,
        finalDecision,
        createdAt: createdDate.epochMillis,
        completedAt: completedDate?.epochMillis,
        approvers: approvers.map(({ approver, approverDecision }) => ({
          ...approver,
          decision: approverDecision,
        })),
      }));
      return { values, isLast: page.isLastPage };
    });
  }

  async statusChanges(issueId: string): Promise<StatusChange[]> {
    const changes = await this.#changes(issueId);
    return changes.flatMap(({ id, created, author, items }) =>
      items
        .filter((item) => item.fieldId === "status")
        .map(({ from, to }) => ({
          id,
          at: Date.parse(created),
          author: author ? toAccount(author) : undefined,
          from: from ?? "",
          to: to ?? "",
        })),
    );
  }

  async fieldChanges(issueId: string): Promise<FieldChange[]> {
    const changes = await this.#changes(issueId);
    return changes.flatMap(({ id, created, author, items }) =>
      items.flatMap(({ fieldId, from, fromString, to }) =>
        fieldId
          ? [
              {
                id,
                at: Date.parse(created),
                author: author ? toAccount(author) : undefined,
                fieldId,
                from: from ?? innermostOption(fromString),
                to: to ?? undefined,
              },
            ]
          : [],
      ),
    );
  }

  /** Fills the Approvers field, and the field of groups if there is one; answers with the time by Jira's clock, if Jira tells. */
  async setApprovers(
    issueId: string,
    fieldId: string,
    accountIds: string[],
    groups?: { fieldId: string; groupIds: string[] },
  ): Promise<number | undefined> {
    const answer = await this.#http.call({
      method: "PUT",
      path: path`/rest/api/3/issue/${issueId}`,
      body: {
        fields: {
          [fieldId]: accountIds.map((accountId) => ({ accountId })),
          ...(groups ? { [groups.fieldId]: groups.groupIds.map((groupId) => ({ groupId })) } : {}),
        },
      },
      repeatable: true,
    });
    return timeOf(answer.headers);
  }

  async transition(issueId: string, transitionId: string, comment?: Comment): Promise<void> {
    await this.#http.call({
      method: "POST",
      path: path`/rest/api/3/issue/${issueId}/transitions`,
      body: {
        transition: { id: transitionId },
        ...(comment ? { update: { comment: [{ add: { body: asDocument(comment) } }] } } : {}),
      },
    });
  }

  async comment(issueId: string, comment: Comment, audience: "public" | "internal"): Promise<void> {
    await this.#http.call(
      audience === "public"
        ? {
            method: "POST",
            path: path`/rest/api/3/issue/${issueId}/comment`,
            body: { body: asDocument(comment) },
          }
        : {
            method: "POST",
            path: path`/rest/servicedeskapi/request/${issueId}/comment`,
            body: { body: asText(comment), public: false },
          },
    );
  }

  /** Whether one of the newest hundred comments is Latchkey's own and says `text`. */
  async hasSaid(issueId: string, text: string): Promise<boolean> {
    const answer = await this.#http.call({
      method: "GET",
      path: path`/rest/api/3/issue/${issueId}/comment`,
      query: { orderBy: "-created", maxResults: "100" },
      accept: [404],
    });
    if (answer.status === 404) return true;
    const { serviceAccount } = await this.#settings();
    return read(answer, "comments", Comments).comments.some(
      ({ author, body }) => author?.accountId === serviceAccount && JSON.stringify(body).includes(text),
    );
  }

  async account(accountId: string): Promise<Account | undefined> {
    const answer = await this.#http.call({
      method: "GET",
      path: "/rest/api/3/user",
      query: { accountId },
      accept: [404],
    });
    return answer.status === 404 ? undefined : toAccount(read(answer, "user", User));
  }

  /**
   * The active account with exactly this address. Jira's search goes by how addresses and names begin; an address that
   * its owner hides is found only by all of it, and not shown.
   */
  async accountByEmail(email: string): Promise<Account | undefined> {
    const answer = await this.#http.call({
      method: "GET",
      path: "/rest/api/3/user/search",
      query: { query: email, maxResults: "20" },
    });
    const found = read(answer, "user search", v.array(User)).map(toAccount);
    const people = found.filter((account) => account.active && account.kind !== "app");
    const exact = people.find((account) => account.email?.toLowerCase() === email.toLowerCase());
    if (exact) return exact;
    const hidden = people.filter((account) => account.email === undefined);
    if (hidden.length > 0) return hidden.length === 1 ? hidden[0] : undefined;
    return people.length === 0 ? this.#pick(email) : undefined;
  }

  /** All members of a Jira group. */
  async groupMembers(groupId: string): Promise<Account[]> {
    return listed("group members", async (start) => {
      const answer = await this.#http.call({
        method: "GET",
        path: "/rest/api/3/group/member",
        query: { groupId, startAt: String(start), maxResults: "50" },
        accept: [404],
      });
      if (answer.status === 404) return undefined;
      const { values, isLast } = read(answer, "group members", Members);
      return { values: values.map(toAccount), isLast };
    });
  }

  async #canSee(projectId: string): Promise<boolean> {
    const answer = await this.#http.call({
      method: "GET",
      path: "/rest/api/3/mypermissions",
      query: { projectId, permissions: "BROWSE_PROJECTS" },
      accept: [404],
    });
    if (answer.status === 404) return false;
    return read(answer, "permissions", Permissions).permissions.BROWSE_PROJECTS.havePermission;
  }

  async #pick(email: string): Promise<Account | undefined> {
    const answer = await this.#http.call({
      method: "GET",
      path: "/rest/api/3/groupuserpicker",
      query: { query: email, maxResults: "2" },
    });
    const [one, another] = read(answer, "user picker", Picked).users.users;
    if (!one || another) return undefined;
    const account = await this.account(one.accountId);
    const isPerson = account?.active && account.kind !== "app" && account.email === undefined;
    return isPerson ? account : undefined;
  }

  async #changes(issueId: string): Promise<v.InferOutput<typeof Changes>["values"]> {
    return listed("changelog", async (start) => {
      const answer = await this.#http.call({
        method: "GET",
        path: path`/rest/api/3/issue/${issueId}/changelog`,
        query: { startAt: String(start), maxResults: "100" },
        accept: [404],
      });
      return answer.status === 404 ? undefined : read(answer, "changelog", Changes);
    });
  }

  async #fields(): Promise<string> {
    const { fieldIds } = await this.#settings();
    return ["project", "status", "updated", "reporter", ...fieldIds].join(",");
  }
}

/** 20,000 members of a group. */
const mostPages = 400;

/**
 * All items of a list that Jira gives page by page; none where there is no such list.
 *
 * @throws UnexpectedAnswerError for a list without an end, which would be read until the function is stopped
 */
async function listed<Item>(
  what: string,
  page: (start: number) => Promise<{ values: Item[]; isLast: boolean } | undefined>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let pages = 0; pages < mostPages; pages++) {
    const next = await page(items.length);
    if (!next) return [];
    for (const item of next.values) items.push(item);
    if (next.isLast || next.values.length === 0) return items;
  }
  throw endless(what);
}

function endless(what: string): UnexpectedAnswerError {
  return new UnexpectedAnswerError(`${what}: a list without an end`);
}

/**
 * Of a cascading select the history has no ids, but text such as `Parent values: AWS(10102)Level 1 values: Developer(10203)`:
 * the id of the option chosen last.
 */
function innermostOption(text: string | null | undefined): string | undefined {
  return text?.startsWith("Parent values:") ? /\((\d+)\)$/.exec(text)?.[1] : undefined;
}

/** HTTP's Date header, which has whole seconds. */
function timeOf(headers: Headers): number | undefined {
  const time = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(time) ? undefined : time;
}
