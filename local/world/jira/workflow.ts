import { fieldIds } from "./fields.ts";

/** Status ids of the workflow. */
export const statusIds = {
  open: "10100",
  waitingForApproval: "10101",
  approved: "10102",
  granted: "10103",
  ending: "10104",
  declined: "10105",
  ended: "10106",
  canceled: "10107",
  closed: "10108",
  needsAttention: "10109",
  extending: "10110",
  review: "10112",
  triage: "10119",
  manual: "10120",
  done: "10121",
  resetSecondFactor: "10122",
  held: "10123",
  restoring: "10124",
} as const;

export type StatusCategory = "new" | "indeterminate" | "done";

export type Status = {
  id: string;
  name: string;
  category: StatusCategory;
  /** Set on the issue when it comes here; only statuses of the category `done` have one. */
  resolution?: Resolution;
};

type Resolution = { id: string; name: string };

const done: Resolution = { id: "10000", name: "Done" };
const wontDo: Resolution = { id: "10001", name: "Won't Do" };
const declined: Resolution = { id: "10002", name: "Declined" };
export const resolutions = [done, wontDo, declined];

export const statuses: Status[] = [
  { id: statusIds.open, name: "Open", category: "new" },
  { id: statusIds.waitingForApproval, name: "Waiting for approval", category: "indeterminate" },
  { id: statusIds.approved, name: "Approved", category: "indeterminate" },
  { id: statusIds.granted, name: "Granted", category: "done", resolution: done },
  { id: statusIds.ending, name: "Ending", category: "indeterminate" },
  { id: statusIds.declined, name: "Declined", category: "done", resolution: declined },
  { id: statusIds.ended, name: "Ended", category: "done", resolution: done },
  { id: statusIds.canceled, name: "Canceled", category: "done", resolution: wontDo },
  { id: statusIds.closed, name: "Closed", category: "done", resolution: wontDo },
  { id: statusIds.needsAttention, name: "Needs attention", category: "indeterminate" },
  { id: statusIds.extending, name: "More time wanted", category: "indeterminate" },
  { id: statusIds.review, name: "To be reviewed", category: "indeterminate" },
  { id: statusIds.triage, name: "To be looked at", category: "indeterminate" },
  { id: statusIds.manual, name: "To be done by hand", category: "indeterminate" },
  { id: statusIds.done, name: "Done", category: "done", resolution: done },
  { id: statusIds.resetSecondFactor, name: "Reset second factor", category: "indeterminate" },
  { id: statusIds.held, name: "Waiting for the day", category: "indeterminate" },
  { id: statusIds.restoring, name: "Restore", category: "indeterminate" },
];

const statusById = new Map(statuses.map((status) => [status.id, status]));

export function statusOf(id: string): Status {
  const status = statusById.get(id);
  if (!status) throw new Error(`the workflow has no status ${id}`);
  return status;
}

/** Transition ids of the workflow. */
export const transitionIds = {
  askForApproval: "11",
  askForAnotherApproval: "12",
  approve: "21",
  skipApproval: "22",
  decline: "31",
  accessGranted: "41",
  accessGoesOn: "42",
  endAccessNow: "51",
  askForMoreTime: "52",
  accessEnded: "61",
  cancelRequest: "71",
  closeWithoutAccess: "81",
  needsAttention: "91",
  tryAgain: "92",
  review: "62",
  reviewed: "63",
  passOn: "95",
  startAgain: "96",
  passOnToDo: "97",
  done: "98",
  resetSecondFactor: "99",
  held: "100",
  restore: "101",
} as const;

export type Transition = {
  id: string;
  name: string;
  /** Statuses that it leaves from; `any` and `not done` are global transitions. */
  from: string[] | "any" | "not done";
  to: string;
  /** `agent`: by hand; `portal`: by hand, also by the reporter; `approval`: only by the approval step. */
  by: "agent" | "portal" | "approval";
  /** Fields on the transition's screen, if it has one. No other field can be set by the transition. */
  screen?: string[];
};

const approverFields = [fieldIds.approvers, fieldIds.approverGroups];

export const transitions: Transition[] = [
  {
    id: transitionIds.askForApproval,
    name: "Ask for approval",
    from: [
      statusIds.open,
      statusIds.needsAttention,
      statusIds.extending,
      statusIds.resetSecondFactor,
      statusIds.restoring,
    ],
    to: statusIds.waitingForApproval,
    by: "agent",
    screen: approverFields,
  },
  {
    id: transitionIds.askForAnotherApproval,
    name: "Ask for another approval",
    from: [statusIds.approved],
    to: statusIds.waitingForApproval,
    by: "agent",
    screen: approverFields,
  },
  {
    id: transitionIds.approve,
    name: "Approve",
    from: [statusIds.waitingForApproval],
    to: statusIds.approved,
    by: "approval",
  },
  {
    id: transitionIds.skipApproval,
    name: "Skip approval",
    from: [statusIds.waitingForApproval],
    to: statusIds.approved,
    by: "agent",
  },
  {
    id: transitionIds.decline,
    name: "Decline",
    from: [statusIds.waitingForApproval],
    to: statusIds.declined,
    by: "approval",
  },
  {
    id: transitionIds.accessGranted,
    name: "Access granted",
    from: [statusIds.open, statusIds.approved, statusIds.needsAttention, statusIds.manual],
    to: statusIds.granted,
    by: "agent",
  },
  {
    id: transitionIds.accessGoesOn,
    name: "Access goes on",
    from: [
      statusIds.extending,
      statusIds.waitingForApproval,
      statusIds.declined,
      statusIds.canceled,
      statusIds.closed,
    ],
    to: statusIds.granted,
    by: "agent",
  },
  {
    id: transitionIds.askForMoreTime,
    name: "Ask for more time",
    from: [statusIds.granted],
    to: statusIds.extending,
    by: "portal",
  },
  {
    id: transitionIds.endAccessNow,
    name: "End access now",
    from: [statusIds.granted],
    to: statusIds.ending,
    by: "portal",
  },
  {
    id: transitionIds.accessEnded,
    name: "Access ended",
    from: [statusIds.granted, statusIds.ending, statusIds.needsAttention, statusIds.manual],
    to: statusIds.ended,
    by: "agent",
  },
  {
    id: transitionIds.review,
    name: "Review",
    from: [statusIds.granted, statusIds.ending, statusIds.needsAttention, statusIds.ended],
    to: statusIds.review,
    by: "agent",
  },
  {
    id: transitionIds.reviewed,
    name: "Reviewed",
    from: [statusIds.review],
    to: statusIds.ended,
    by: "agent",
  },
  {
    id: transitionIds.cancelRequest,
    name: "Cancel request",
    from: [
      statusIds.open,
      statusIds.waitingForApproval,
      statusIds.approved,
      statusIds.extending,
      statusIds.manual,
    ],
    to: statusIds.canceled,
    by: "portal",
  },
  {
    id: transitionIds.closeWithoutAccess,
    name: "Close without access",
    from: "not done",
    to: statusIds.closed,
    by: "agent",
    screen: ["resolution"],
  },
  {
    id: transitionIds.needsAttention,
    name: "Needs attention",
    from: "any",
    to: statusIds.needsAttention,
    by: "agent",
  },
  {
    id: transitionIds.tryAgain,
    name: "Try again",
    from: [statusIds.needsAttention],
    to: statusIds.open,
    by: "agent",
  },
  {
    id: transitionIds.passOn,
    name: "Pass on",
    from: [statusIds.open, statusIds.needsAttention],
    to: statusIds.triage,
    by: "agent",
  },
  {
    id: transitionIds.startAgain,
    name: "Start again",
    from: [statusIds.triage],
    to: statusIds.open,
    by: "agent",
  },
  {
    id: transitionIds.done,
    name: "Done",
    from: [
      statusIds.open,
      statusIds.approved,
      statusIds.needsAttention,
      statusIds.resetSecondFactor,
      statusIds.held,
      statusIds.restoring,
    ],
    to: statusIds.done,
    by: "agent",
  },
  {
    id: transitionIds.held,
    name: "Wait for the day",
    from: [statusIds.open, statusIds.approved, statusIds.needsAttention, statusIds.restoring],
    to: statusIds.held,
    by: "agent",
  },
  {
    id: transitionIds.restore,
    name: "Restore",
    from: [statusIds.held, statusIds.needsAttention],
    to: statusIds.restoring,
    by: "agent",
  },
  {
    id: transitionIds.resetSecondFactor,
    name: "Reset second factor",
    from: [statusIds.open, statusIds.done, statusIds.needsAttention],
    to: statusIds.resetSecondFactor,
    by: "agent",
  },
  {
    id: transitionIds.passOnToDo,
    name: "To be done by hand",
    from: [
      statusIds.open,
      statusIds.approved,
      statusIds.granted,
      statusIds.ending,
      statusIds.ended,
      statusIds.needsAttention,
    ],
    to: statusIds.manual,
    by: "agent",
  },
];

/** The status that the approval step sits on, and the transitions that its outcomes run. */
export const approvalStep = {
  status: statusIds.waitingForApproval,
  name: "Waiting for approval",
  approved: transitionById(transitionIds.approve),
  declined: transitionById(transitionIds.decline),
};

function transitionById(id: string): Transition {
  const transition = transitions.find((other) => other.id === id);
  if (!transition) throw new Error(`the workflow has no transition ${id}`);
  return transition;
}

export function leavesFrom(transition: Transition, statusId: string): boolean {
  if (transition.from === "any") return true;
  if (transition.from === "not done") return statusOf(statusId).category !== "done";
  return transition.from.includes(statusId);
}
