import { BusyError } from "../../src/errors.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { noStanding, type Standing } from "../../src/policy/standing.ts";
import type { Issue, StatusChange } from "../../src/requests/issue.ts";
import { reconcileIssue } from "../../src/requests/reconcile-issue.ts";
import type { AnyRequest, Request } from "../../src/requests/request.ts";
import { request } from "./requests.ts";
import { issue, openStore, policy, site } from "./use-cases.ts";

/** One ticket, its requests, and what Jira and the runs say when somebody rings for it. */

type Deps = Parameters<typeof reconcileIssue>[0];
type Doorbell = Parameters<typeof reconcileIssue>[1];

export type World = {
  /** The newest of the ticket. */
  request: AnyRequest | undefined;
  /** One from before that. */
  earlier: Request | undefined;
  issue: Issue | undefined;
  /** Other tickets, by key. */
  tickets: Record<string, Issue>;
  changes: StatusChange[];
  approvals: Awaited<ReturnType<Deps["jira"]["approvals"]>>;
  policy: Partial<Policy>;
  ring: Partial<Doorbell>;
  /** How many writes meet another writer first. */
  busy: number;
  /** The run that the request had is over. */
  runIsOver: boolean;
  /** A run waits for an answer. */
  isAwaited: boolean;
};

const never = () => Promise.reject(new Error("not what this is about"));

/** It is 1,000,000 milliseconds past the beginning of time. */
export async function reconcile(parts: Partial<World> = {}) {
  const world: World = {
    request: undefined,
    earlier: undefined,
    issue: issue(),
    tickets: {},
    changes: [],
    approvals: [],
    policy: {},
    ring: {},
    busy: 0,
    runIsOver: false,
    isAwaited: false,
    ...parts,
  };
  const store = openStore((world.request ?? request("requested")) as Request);
  const earlier = openStore(world.earlier ?? request("requested"));
  const storeOf = (requestId: string) => (requestId === world.earlier?.requestId ? earlier : store);
  const started: string[] = [];
  const resumed: string[] = [];
  const opened: AnyRequest[] = [];
  const said: string[] = [];
  const standings: Standing[] = [];
  const postponed: string[] = [];
  let { busy } = world;
  const requests = {
    get: async (requestId: string) => storeOf(requestId).stored() as never,
    save: async <R extends AnyRequest>(before: AnyRequest, after: R) => {
      await storeOf(before.requestId).requests.save(before as Request, after as Request);
      return storeOf(before.requestId).stored() as R;
    },
    create: async <R extends AnyRequest>(created: R) => {
      if (busy-- > 0) throw new BusyError("somebody else was quicker");
      opened.push(created);
      return created;
    },
  };
  const deps: Deps = {
    audit: store.audit,
    clock: { now: () => 1_000_000, sleep: async () => {} },
    standings: { get: async (about) => noStanding(about), save: async (one) => standings.push(one) > 0 },
    catalog: { entryForOption: async () => undefined },
    policy: { current: async () => ({ version: 3, site, policy: { ...policy, ...world.policy } }) },
    anyRequests: {
      ...requests,
      latest: async (issueId) => (world.request && issueId === "10012" ? store.stored() : undefined),
      postpone: async ({ requestId }) => void postponed.push(requestId),
    },
    actions: requests,
    rows: { get: never, all: async () => [], save: never },
    requests,
    workflow: {
      start: async ({ name }) => {
        if (world.runIsOver && started.length === 0) {
          started.push(`${name} is over`);
          return false;
        }
        started.push(name);
        return true;
      },
      succeed: async (token, { outcome }) => {
        if (world.isAwaited) resumed.push(`${token}: ${outcome}`);
        return world.isAwaited;
      },
    },
    jira: {
      issue: async (idOrKey) =>
        idOrKey === "10012" || idOrKey === world.issue?.key ? world.issue : world.tickets[idOrKey],
      statusChanges: async () => world.changes,
      fieldChanges: async () => [],
      approvals: async () => world.approvals,
      comment: async (_, comment, audience) => void said.push(`${audience}: ${JSON.stringify(comment)}`),
      transition: async (_, transition) => void said.push(`moved: ${transition}`),
      hasSaid: async () => false,
      account: never,
      groupMembers: never,
    },
  };
  const doorbell: Doorbell = { schemaVersion: 1, source: "jira", issueId: "10012", at: 0, ...world.ring };
  const result = await reconcileIssue(deps, doorbell).catch((error: Error) => error);
  return {
    result,
    started,
    resumed,
    opened,
    postponed,
    said,
    stored: store.stored(),
    before: earlier.stored(),
    entries: store.entries(),
  };
}
