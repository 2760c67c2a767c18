import * as v from "valibot";
import { TrailHead } from "../audit/audit-trail.ts";
import { actionNames } from "./action-names.ts";

const Step = v.object({
  action: v.picklist(actionNames),
  /** Ids, numbers, and what the rule itself says. Never what people wrote on the ticket. */
  inputs: v.record(v.string(), v.unknown()),
  /** Hash of all inputs, when some of them stand on the ticket only: they are read there again. */
  ticket: v.optional(v.string()),
  ifItFails: v.picklist(["stop", "continue"]),
  /** `unclear`: nothing shows whether it was done; `by hand`: it was unclear, and somebody went on from there. */
  state: v.picklist(["to do", "done", "already so", "failed", "unclear", "by hand"]),
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
  return state === "done" || state === "already so" || state === "by hand";
}

/** Whether nothing is left to do. */
export function isDone({ steps }: Row): boolean {
  return steps.every(isBehind);
}

/** Index of the next step; undefined when there is none, or one that failed is in the way. */
export function nextStep({ steps }: Row): number | undefined {
  for (const [index, step] of steps.entries()) {
    if (step.state === "to do") return index;
    if (!isBehind(step) && step.ifItFails === "stop") return undefined;
  }
  return undefined;
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
