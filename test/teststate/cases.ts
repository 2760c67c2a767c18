/**
 * What every state of both state machines does, as data: from the same beginning our engine and AWS's TestState have to come to the
 * same end. `cases.test.ts` holds the table against the definitions: every way out of every state, every error that is caught.
 */
export type Case = {
  machine: string;
  state: string;
  input: unknown;
  variables: Record<string, unknown>;
  /** What the Lambda function, the answer to the task token, or the iterations of a Map state are said to have given. */
  result?: unknown;
  /** The name of the error that they are said to have failed with; its cause is `cause`. */
  error?: string;
  /** The way out, as `edgesOf` in test/support/graphs.ts writes it. */
  way: string;
  /** The function (as its substitution is called) and what it is given. */
  calls?: { function: string; payload: Record<string, unknown> };
  /** What the iterations of a Map state are given. */
  iterations?: unknown[];
  /** The variables that change. */
  sets: Record<string, unknown>;
  /** Other than the result, what was caught, or else the input. */
  output?: unknown;
};

/** A state, where it begins, and its ways out; an error for each way that has `errors`. */
type Row = Partial<Pick<Case, "input" | "variables" | "calls" | "iterations">> & {
  ways: Record<string, Way>;
};
type Way = Partial<Pick<Case, "variables" | "result" | "sets" | "output">> & { errors?: string[] };

export const requestId = "10042";
export const token = "token-of-the-task";
export const cause = "It did not work out.";
const past = "2026-01-05T08:00:00Z";

/** An error that no `Retry` and no `Catch` of the definitions names. */
const unknown = { errors: ["BrokenError"] };
const told = { error: "BrokenError", cause };
const busy = { "-retry 0": { errors: ["BusyError"] } };
const patient = { ...busy, "-retry 1": { errors: ["TooManyCallsError"] } };
const operator = { ...unknown, sets: told };

/** A task that tells the ticket something, and has nothing to decide. */
function closing(name: string, outcome: string, to: string, more: Record<string, Way> = {}): Row {
  const last = Object.keys(more).length;
  return {
    calls: { function: name, payload: { requestId, outcome } },
    ways: {
      [`-next-> ${to}`]: { result: {} },
      ...busy,
      ...more,
      [`-catch ${last}-> Call an operator`]: operator,
    },
  };
}

/** The same in both machines but for their functions. */
function endings(close: string): Record<string, Row> {
  const refusal = closing(close, "refused", "Request refused");
  return {
    "Explain refusal": {
      ...refusal,
      variables: { cause: "FieldMissing" },
      calls: { function: close, payload: { requestId, outcome: "refused", cause: "FieldMissing" } },
    },
    "Close as declined": closing(close, "declined", "Request declined"),
    "Close as expired": closing(close, "expired", "Request expired", {
      "-catch 0-> Check the request": {
        errors: [
          "AlreadyApprovedError",
          "AlreadyStageApprovedError",
          "AlreadyDeclinedError",
          "AlreadyWithdrawnError",
          "AlreadyRefusedError",
        ],
      },
    }),
    "Close as withdrawn": closing(close, "withdrawn", "Request withdrawn"),
    "Call an operator": {
      variables: told,
      calls: { function: "CallOperator", payload: { requestId, ...told } },
      ways: { "-next-> Needs an operator": { result: {} }, ...busy, "-catch 0-> Needs an operator": unknown },
    },
    "Needs an operator": { variables: told, ways: { "-failed": {} } },
    ...Object.fromEntries(
      ["refused", "declined", "expired", "withdrawn"].map((how) => [
        `Request ${how}`,
        { ways: { "-end": {} } },
      ]),
    ),
  };
}

const decided = (errors: string, outcome: string): Way => ({ errors: [errors], sets: { outcome } });

const asking: Record<string, Row> = {
  "Ask for approval": {
    variables: { waits: [60, 120], asked: 1 },
    calls: { function: "AskForApproval", payload: { requestId, token, reminders: 1 } },
    ways: {
      "-next-> What was decided?": { result: { outcome: "approved" }, sets: { outcome: "approved" } },
      ...patient,
      "-catch 0-> What was decided?": decided("AlreadyApprovedError", "approved"),
      "-catch 1-> What was decided?": decided("AlreadyStageApprovedError", "stage approved"),
      "-catch 2-> What was decided?": decided("AlreadyDeclinedError", "declined"),
      "-catch 3-> What was decided?": decided("AlreadyWithdrawnError", "withdrawn"),
      "-catch 4-> What was decided?": decided("AlreadyRefusedError", "refused"),
      "-catch 5-> Remind or give up?": { errors: ["States.Timeout"], sets: { asked: 2 } },
      "-catch 6-> Call an operator": operator,
    },
  },
  "Remind or give up?": {
    variables: { waits: [60, 120] },
    ways: {
      "-choice 0-> Ask for approval": { variables: { asked: 1 } },
      "-default-> Close as expired": { variables: { asked: 2 } },
    },
  },
};

/** A Choice state that goes by what one variable says. */
function goesBy(variable: string, ways: [value: string, to: string][]): Row {
  return {
    ways: Object.fromEntries(
      ways.map(([value, to], index) => [`-choice ${index}-> ${to}`, { variables: { [variable]: value } }]),
    ),
  };
}

const refusals = [
  "FieldMissingError",
  "FieldInvalidError",
  "EntitlementUnavailableError",
  "NotInCatalogError",
  "FormChangedError",
  "PersonNotFoundError",
  "PersonNotUniqueError",
  "PersonInactiveError",
  "NotEligibleError",
  "DeniedByPolicyError",
  "OnBehalfNotAllowedError",
  "DynamicGroupError",
  "ProtectedGroupError",
];
const refused = { errors: refusals, sets: { cause } };
const withdrawn = { errors: ["AlreadyWithdrawnError"] };
const checked = { next: "ask", waits: [60, 120], startsAt: "none", holdSeconds: 3600, holds: [3000, 600] };

const accessRequest: Record<string, Row> = {
  "Check the request": {
    calls: { function: "CheckRequest", payload: { requestId } },
    ways: {
      "-next-> Is approval needed?": {
        result: checked,
        sets: { ...checked, asked: 0, held: 0, error: "none", cause: "none" },
      },
      ...patient,
      "-catch 0-> Explain refusal": refused,
      "-catch 1-> Close as withdrawn": withdrawn,
      "-catch 2-> Call an operator": operator,
    },
  },
  "Is approval needed?": goesBy("next", [
    ["ask", "Ask for approval"],
    ["wait", "Wait for the start"],
    ["provision", "Provision access"],
    ["confirm", "Confirm access"],
    ["revoke", "Revoke access"],
    ["confirm removal", "Confirm removal"],
    ["refused", "Explain refusal"],
    ["declined", "Close as declined"],
    ["expired", "Close as expired"],
    ["withdrawn", "Close as withdrawn"],
  ]),
  ...asking,
  "What was decided?": {
    variables: { startsAt: "none" },
    ways: {
      "-choice 0-> Wait for the start": { variables: { outcome: "approved", startsAt: past } },
      "-choice 1-> Provision access": { variables: { outcome: "approved" } },
      "-choice 2-> Check the request": { variables: { outcome: "stage approved" } },
      "-choice 3-> Close as declined": { variables: { outcome: "declined" } },
      "-choice 4-> Close as withdrawn": { variables: { outcome: "withdrawn" } },
      "-choice 5-> Explain refusal": { variables: { outcome: "refused" } },
    },
  },
  "Wait for the start": { variables: { startsAt: past }, ways: { "-next-> Provision access": {} } },
  "Provision access": {
    calls: { function: "ProvisionAccess", payload: { requestId } },
    ways: {
      "-next-> Confirm access": {
        result: { holdSeconds: 3600, holds: [3000, 600] },
        sets: { holdSeconds: 3600, holds: [3000, 600], held: 0 },
      },
      ...busy,
      "-retry 1": { errors: ["GrantsStoppedError", "TooManyCallsError"] },
      "-catch 0-> Explain refusal": refused,
      "-catch 1-> Close as withdrawn": withdrawn,
      "-catch 2-> Check the request": { errors: ["ApprovalMissingError", "HandworkMissingError"] },
      "-catch 3-> Undo access": operator,
    },
  },
  "Confirm access": closing("CloseRequest", "granted", "Does access end?"),
  "Does access end?": {
    variables: { holdSeconds: 3600, holds: [3000, 600] },
    ways: {
      "-choice 0-> Hold until access ends": { variables: { held: 1 } },
      "-choice 1-> Revoke access": { variables: { held: 2 } },
      "-default-> Access granted": { variables: { held: 0, holdSeconds: 0, holds: [] } },
    },
  },
  "Hold until access ends": {
    variables: { holds: [3000, 600], held: 1 },
    calls: { function: "HoldAccess", payload: { requestId, token } },
    ways: {
      "-next-> Revoke access": { result: { outcome: "ended" } },
      ...busy,
      "-catch 0-> Revoke access": { errors: ["AlreadyEndedError"] },
      "-catch 1-> Does access end?": { errors: ["States.Timeout"], sets: { held: 2 } },
      "-catch 2-> Call an operator": operator,
    },
  },
  "Revoke access": {
    calls: { function: "RevokeAccess", payload: { requestId, undo: false } },
    ways: {
      "-next-> Confirm removal": { result: {} },
      ...patient,
      "-catch 0-> Check the request": { errors: ["HandworkMissingError"] },
      "-catch 1-> Call an operator": operator,
    },
  },
  "Confirm removal": closing("CloseRequest", "ended", "Access ended"),
  "Undo access": {
    calls: { function: "RevokeAccess", payload: { requestId, undo: true } },
    ways: { "-next-> Call an operator": { result: {} }, ...patient, "-catch 0-> Call an operator": unknown },
  },
  "Access granted": { ways: { "-end": {} } },
  "Access ended": { ways: { "-end": {} } },
  ...endings("CloseRequest"),
};

const report = { outcome: "held", error: "none", cause: "none", until: past };

const directoryAction: Record<string, Row> = {
  "Check the request": {
    calls: { function: "CheckActions", payload: { requestId } },
    ways: {
      "-next-> Is approval needed?": {
        result: { next: "ask", waits: [60, 120], rows: [0, 1] },
        sets: { next: "ask", waits: [60, 120], rows: [0, 1], asked: 0, error: "none", cause: "none" },
      },
      ...patient,
      "-catch 0-> Explain refusal": {
        errors: [
          "FieldMissingError",
          "FieldInvalidError",
          "PersonNotFoundError",
          "PersonNotUniqueError",
          "PersonInactiveError",
          "DeniedByPolicyError",
          "FormChangedError",
          "ActionImpossibleError",
        ],
        sets: { cause },
      },
      "-catch 1-> Close as withdrawn": withdrawn,
      "-catch 2-> Call an operator": operator,
    },
  },
  "Is approval needed?": goesBy("next", [
    ["ask", "Ask for approval"],
    ["perform", "Do what is asked"],
    ["report", "Report what was done"],
    ["refused", "Explain refusal"],
    ["declined", "Close as declined"],
    ["expired", "Close as expired"],
    ["withdrawn", "Close as withdrawn"],
  ]),
  ...asking,
  "What was decided?": goesBy("outcome", [
    ["approved", "Do what is asked"],
    ["stage approved", "Check the request"],
    ["declined", "Close as declined"],
    ["withdrawn", "Close as withdrawn"],
    ["refused", "Explain refusal"],
  ]),
  "Do what is asked": {
    variables: { rows: [3, 7] },
    iterations: [{ row: 3 }, { row: 7 }],
    ways: {
      "-next-> Report what was done": { result: [3, 7] },
      "-catch 0-> Call an operator": operator,
    },
  },
  "Perform actions": {
    input: { row: 3 },
    calls: { function: "PerformActions", payload: { requestId, row: 3 } },
    ways: {
      "-end": { result: {}, output: 3 },
      ...busy,
      "-retry 1": { errors: ["GrantsStoppedError", "TooManyCallsError"] },
      "-catch 0-> Note the failure": {
        ...unknown,
        sets: { failure: told.error, why: cause },
        output: { row: 3 },
      },
    },
  },
  "Note the failure": {
    input: { row: 3 },
    variables: { failure: told.error, why: cause },
    calls: { function: "PerformActions", payload: { requestId, row: 3, ...told } },
    ways: { "-end": { result: {}, output: 3 }, ...busy },
  },
  "Report what was done": {
    calls: { function: "ReportActions", payload: { requestId } },
    ways: {
      "-next-> What came of it?": { result: report, sets: report },
      ...busy,
      "-catch 0-> Call an operator": operator,
    },
  },
  "What came of it?": goesBy("outcome", [
    ["done", "Request completed"],
    ["held", "Wait until it is due"],
    ["incomplete", "Request unfinished"],
    ["failed", "Call an operator"],
  ]),
  "Wait until it is due": { variables: { until: past }, ways: { "-next-> Check the request": {} } },
  "Request completed": { ways: { "-end": {} } },
  "Request unfinished": { ways: { "-end": {} } },
  ...endings("CloseActions"),
};

function casesOf(machine: string, rows: Record<string, Row>): Case[] {
  return Object.entries(rows).flatMap(([state, { ways, input = { requestId }, variables, ...row }]) =>
    Object.entries(ways).flatMap(([way, { errors, ...more }]) =>
      (errors ?? [undefined]).map((error) => ({
        machine,
        state,
        input,
        sets: {},
        way,
        ...row,
        ...more,
        variables: { ...variables, ...more.variables },
        ...(error === undefined ? {} : { error }),
      })),
    ),
  );
}

export const cases: Case[] = [
  ...casesOf("access-request", accessRequest),
  ...casesOf("directory-action", directoryAction),
];
