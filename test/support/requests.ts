import type { Row } from "../../src/actions/row.ts";
import type {
  ActionIn,
  ActionPin,
  ActionStatus,
  Asked,
  Decision,
  Pin,
  Request,
  RequestIn,
  Status,
} from "../../src/requests/request.ts";

/** Requests to begin tests with. Every part can be replaced. */

export const people = { requester: "acc-requester", manager: "acc-manager", outsider: "acc-outsider" };

export function pin(parts: Partial<Pin> = {}): Pin {
  return {
    form: "form-hash",
    option: "10201",
    entitlementId: "github/developer",
    title: "GitHub: Developer",
    groups: ["group-1"],
    requester: { accountId: people.requester, userId: "user-requester" },
    beneficiary: { accountId: people.requester, userId: "user-requester" },
    manager: "user-manager",
    approval: "manager",
    stages: [{ ask: ["manager"] }],
    policyVersion: 3,
    ...parts,
  };
}

export function asked(parts: Partial<Asked> = {}): Asked {
  return { stage: 0, approvers: [people.manager], source: "manager", at: 1_000, reminders: 0, ...parts };
}

export function decision(parts: Partial<Decision> = {}): Decision {
  return {
    stage: 0,
    outcome: "approved",
    by: [people.manager],
    approvers: [people.manager],
    evidence: "approval:7",
    at: 2_000,
    ...parts,
  };
}

const common = {
  schemaVersion: 1 as const,
  requestId: "10012-1",
  issueId: "10012",
  issueKey: "ACC-12",
  generation: 1,
  requestTypeId: "25",
  createdAt: 0,
  updatedAt: 0,
  seen: { status: "10100", transitions: [] },
  runs: 1,
  trail: { sequence: 0, hash: "" },
  told: [],
  version: 1,
};

/** A request in the given status, with all that belongs to it. */
export function request<S extends Status>(status: S, parts: object = {}): RequestIn<S> {
  const pinned = { ...common, pin: pin(), decisions: [] };
  const grant = { at: 5_000, endsAt: 10_000 };
  const end = { why: "time" as const, at: 10_000 };
  const all: { [Each in Status]: RequestIn<Each> } = {
    requested: { ...common, status: "requested" },
    checked: { ...pinned, status: "checked" },
    asked: { ...pinned, status: "asked", asked: asked() },
    blocked: { ...pinned, status: "blocked", asked: asked(), why: "by hand" },
    approved: { ...pinned, status: "approved", decisions: [decision()] },
    granted: { ...pinned, status: "granted", decisions: [decision()], grant },
    ending: { ...pinned, status: "ending", decisions: [decision()], grant, end },
    ended: { ...pinned, status: "ended", decisions: [decision()], grant, end },
    declined: { ...pinned, status: "declined" },
    refused: { ...common, status: "refused", why: "no" },
    expired: { ...pinned, status: "expired" },
    withdrawn: { ...common, status: "withdrawn" },
    failed: {
      ...common,
      status: "failed",
      failure: { error: "JiraRefusedError", message: "no", at: 9 },
      before: { ...pinned, status: "approved", decisions: [decision()] },
    },
  };
  return { ...all[status], ...parts };
}

export const statuses = Object.keys({
  requested: 0,
  checked: 0,
  asked: 0,
  blocked: 0,
  approved: 0,
  granted: 0,
  ending: 0,
  ended: 0,
  declined: 0,
  refused: 0,
  expired: 0,
  withdrawn: 0,
  failed: 0,
} satisfies Record<Request["status"], 0>) as Status[];

export function actionPin(parts: Partial<ActionPin> = {}): ActionPin {
  return {
    form: "ticket-hash",
    title: "Unlock the account",
    requester: { accountId: people.requester },
    affected: [people.requester],
    manager: "user-manager",
    rows: 1,
    rule: "unlock",
    approval: "it",
    stages: [{ ask: [{ jiraUser: people.manager }] }],
    policyVersion: 3,
    ...parts,
  };
}

/** A request for actions in the given status, with all that belongs to it. */
export function actionRequest<S extends ActionStatus>(status: S, parts: object = {}): ActionIn<S> {
  const begun = { ...common, requestTypeId: "27", kind: "actions" as const, trigger: { rule: "unlock" } };
  const pinned = { ...begun, pin: actionPin(), decisions: [] };
  const all: { [Each in ActionStatus]: ActionIn<Each> } = {
    requested: { ...begun, status: "requested" },
    checked: { ...pinned, status: "checked" },
    asked: { ...pinned, status: "asked", asked: asked() },
    blocked: { ...pinned, status: "blocked", asked: asked(), why: "by hand" },
    approved: { ...pinned, status: "approved", decisions: [decision()] },
    done: { ...pinned, status: "done", decisions: [decision()] },
    declined: { ...pinned, status: "declined" },
    refused: { ...begun, status: "refused", why: "no" },
    expired: { ...pinned, status: "expired" },
    withdrawn: { ...begun, status: "withdrawn" },
    failed: {
      ...begun,
      status: "failed",
      failure: { error: "ActionImpossibleError", message: "no", at: 9 },
      before: { ...pinned, status: "approved", decisions: [decision()] },
    },
  };
  return { ...all[status], ...parts };
}

export const actionStatuses = Object.keys({
  requested: 0,
  checked: 0,
  asked: 0,
  blocked: 0,
  approved: 0,
  done: 0,
  declined: 0,
  refused: 0,
  expired: 0,
  withdrawn: 0,
  failed: 0,
} satisfies Record<ActionStatus, 0>) as ActionStatus[];

/** What is to be done for one person of a request for actions. */
export function row(parts: Partial<Row> = {}): Row {
  return {
    schemaVersion: 1,
    requestId: "10012-1",
    index: 0,
    userId: "5f00000000000000000a0010",
    accountId: people.requester,
    steps: [
      {
        action: "unlock-account",
        inputs: { user: "5f00000000000000000a0010" },
        ifItFails: "stop",
        state: "to do",
      },
    ],
    trail: { sequence: 0, hash: "" },
    version: 1,
    ...parts,
  };
}
