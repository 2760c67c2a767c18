import { type AuditEntry, chain } from "../../src/audit/audit-trail.ts";
import { type CatalogEntry, entriesOf } from "../../src/catalog/catalog.ts";
import { accessTypes, type RequestType } from "../../src/policy/site.ts";
import { readPolicyFiles } from "../../src/policy-files/read-policy-files.ts";
import { hashOfForm, readForm } from "../../src/requests/form.ts";
import type { Account, Issue } from "../../src/requests/issue.ts";
import { mayFollow } from "../../src/requests/life.ts";
import type { Request, RequestStore } from "../../src/requests/request.ts";
import { people } from "./requests.ts";

/** What use cases are given in unit tests: the example policy, a ticket of it, and stores in memory. */

const files = readPolicyFiles("policy");
if ("problems" in files) throw new Error("the example files are wrong");
export const { site, policy } = files;
export const requestType = accessTypes(site)[0] as RequestType;
export const entry = entriesOf(files.catalog).find(
  ({ status, eligibility }) => status === "approved" && !eligibility,
) as CatalogEntry;

export const requester: Account = {
  accountId: people.requester,
  active: true,
  kind: "customer",
  displayName: "Alice Moreau",
  email: "alice@fernhill.example",
};

/** A new ticket that asks for `entry`, for four hours. */
export function issue(parts: Partial<Issue> = {}, fields: Record<string, unknown> = {}): Issue {
  return {
    id: "10012",
    key: "ACC-12",
    projectId: requestType.project,
    statusId: requestType.statuses.open,
    isDone: false,
    updatedAt: 0,
    reporter: requester,
    transitions: [],
    ...parts,
    fields: {
      [requestType.fields.requestType]: { requestType: { id: requestType.id } },
      [requestType.fields.entitlement.id]: { id: "1", child: { id: entry.option } },
      [requestType.fields.duration?.id ?? ""]: { id: "10302" },
      ...fields,
    },
  };
}

export function formHash(of: Issue): string {
  return hashOfForm(of, readForm(of, requestType));
}

/** Keeps one request, and every entry of its trail. */
export function openStore(first: Request) {
  let stored = first;
  const entries: AuditEntry[] = [];
  const requests: RequestStore = {
    get: async () => stored,
    save: async (before, after) => {
      if (before.version !== stored.version || !mayFollow(before.status, after.status))
        throw new Error(`from ${before.status} to ${after.status}`);
      const saved = { ...after, version: before.version + 1 };
      stored = saved;
      return saved;
    },
  };
  const audit = {
    append: async (
      requestId: string,
      head: { sequence: number; hash: string },
      draft: Parameters<typeof chain>[2],
    ) => {
      const entry = chain(requestId, head, draft);
      entries.push(entry);
      return { sequence: entry.sequence, hash: entry.hash };
    },
  };
  return {
    requests,
    audit,
    stored: () => stored,
    entries: () => entries,
    actions: () => entries.map(({ action }) => action),
  };
}
