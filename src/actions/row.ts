import * as v from "valibot";
import { TrailHead } from "../audit/audit-trail.ts";
import type { LaterStep } from "./action.ts";
import { actionNames } from "./action-names.ts";

const Step = v.object({
  action: v.picklist(actionNames),
  /** Ids, numbers, and what the rule itself says. Never what people wrote on the ticket. */
  inputs: v.record(v.string(), v.unknown()),
  /** Hash of all inputs, when some of them stand on the ticket only: they are read there again. */
  ticket: v.optional(v.string()),
  ifItFails: v.picklist(["stop", "continue"]),
  /**
   * `unclear`: nothing shows whether it was done; `by hand`: it was unclear, and somebody went on from there; `left out`: it was to
   * come later, and is not wanted any more.
   */
  state: v.picklist(["to do", "done", "already so", "failed", "unclear", "by hand", "left out"]),
  /** Milliseconds since 1970. */
  notBefore: v.optional(v.number()),
  /** Seconds after the step before it. */
  after: v.optional(v.number()),
  /** Follows from what was done, and waits for no step before it. */
  later: v.optional(v.boolean()),
  /** A try may have done it, and did not live to say so. */
  tried: v.optional(v.boolean()),
  error: v.optional(v.string()),
  /** Whether nobody but an operator can put right why it failed. */
  needsOperator: v.optional(v.boolean()),
  message: v.optional(v.string()),
});

/** What is to be done for one person, or once, for a request for actions: the steps of its rule, and how far they are. */
export const Row = v.object({
  schemaVersion: v.literal(1),
  requestId: v.string(),
  /** Counted from 0. */
  index: v.number(),
  /** Whom it is about, in JumpCloud and in Jira. */
  userId: v.optional(v.string()),
  accountId: v.optional(v.string()),
  steps: v.array(Step),
  /** Last entry of its audit trail, `<request id>/<index>`. */
  trail: TrailHead,
  version: v.number(),
});

export type Row = v.InferOutput<typeof Row>;
export type RowStep = v.InferOutput<typeof Step>;

export type RowStore = {
  get(requestId: string, index: number): Promise<Row>;
  /** In order. */
  all(requestId: string): Promise<Row[]>;
  /** @throws BusyError when somebody else wrote since it was read */
  save(row: Row): Promise<Row>;
};

export function rowTrail({ requestId, index }: Pick<Row, "requestId" | "index">): string {
  return `${requestId}/${index}`;
}

/** Names what a step does among all that was ever done. */
export function actionIdOf({ requestId, index }: Row, step: number): string {
  return `action-${requestId}-${index}-${step}`;
}

function isBehind({ state }: RowStep): boolean {
  return ["done", "already so", "by hand", "left out"].includes(state);
}

/** Whether nothing is left to do. */
export function isDone({ steps }: Row): boolean {
  return steps.every(isBehind);
}

/** Index of the next step, whenever that is; undefined when there is none, or one that failed is in the way. */
function stepToCome({ steps }: Row): number | undefined {
  const inOrder = firstInOrder(steps);
  const open = steps.flatMap((step, index) =>
    index === inOrder || (step.later && step.state === "to do") ? [{ index, at: step.notBefore ?? 0 }] : [],
  );
  return open.toSorted((a, b) => a.at - b.at)[0]?.index;
}

function firstInOrder(steps: readonly RowStep[]): number | undefined {
  for (const [index, step] of steps.entries()) {
    if (step.later) continue;
    if (step.state === "to do") return index;
    if (!isBehind(step) && step.ifItFails === "stop") return undefined;
  }
  return undefined;
}

/** Index of the step that is to be done now; undefined when there is none, or it is to come later. */
export function nextStep(row: Row, now: number): number | undefined {
  const index = stepToCome(row);
  return index === undefined || (row.steps[index]?.notBefore ?? 0) > now ? undefined : index;
}

/** When the next step is to be done, if that is later. */
export function heldUntil(row: Row, now: number): number | undefined {
  const index = stepToCome(row);
  const { notBefore = 0 } = (index === undefined ? undefined : row.steps[index]) ?? {};
  return notBefore > now ? notBefore : undefined;
}

/** The row with a step behind it: the time of the next one may count from then. */
export function afterStep(row: Row, index: number, state: "done" | "already so", now: number): Row {
  const done = withStep(row, index, { state });
  const next = done.steps[index + 1];
  return next?.after === undefined || next.state !== "to do"
    ? done
    : withStep(done, index + 1, { notBefore: now + next.after * 1_000 });
}

/** With what has to follow on later days, each by itself. */
export function withLater(row: Row, later: readonly LaterStep[]): Row {
  const steps = later.map((step) => ({
    ...step,
    ifItFails: "continue" as const,
    state: "to do" as const,
    later: true,
  }));
  return { ...row, steps: [...row.steps, ...steps] };
}

/** Without what is still to come. */
export function withoutRest(row: Row): Row {
  return {
    ...row,
    steps: row.steps.map((step) => (step.state === "to do" ? { ...step, state: "left out" as const } : step)),
  };
}

/** Whether nothing was done yet, nor may have been. */
export function isUntouched({ steps }: Row): boolean {
  return steps.every(({ state, tried }) => (state === "to do" || state === "failed") && !tried);
}

/** The row for another run: what failed is to be done again, what nobody knows of is left to people. */
export function toTryAgain(row: Row): Row {
  return {
    ...row,
    steps: row.steps.map(({ error, message, needsOperator, ...step }) => {
      if (step.state === "failed") return { ...step, state: "to do" as const };
      return step.state === "unclear"
        ? { ...step, state: "by hand" as const }
        : { ...step, error, message, needsOperator };
    }),
  };
}

export function withStep(row: Row, index: number, parts: Partial<RowStep>): Row {
  return { ...row, steps: row.steps.map((step, at) => (at === index ? { ...step, ...parts } : step)) };
}
