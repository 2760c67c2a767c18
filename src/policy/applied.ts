import * as v from "valibot";
import { PolicyMissingError } from "../errors.ts";
import { realWaits } from "./business-hours.ts";
import { secondsOf } from "./duration.ts";
import { Policy } from "./policy.ts";
import { type ActionType, type AnyType, type RequestType, Site } from "./site.ts";

/** The settings and the policy in force. */
export const Applied = v.object({
  /** Counts up with every change that is applied. */
  version: v.number(),
  /** Lower numbers that were taken by somebody who never finished: no version in force had them. */
  abandoned: v.optional(v.array(v.number())),
  site: Site,
  policy: Policy,
});
export type Applied = v.InferOutput<typeof Applied>;

type Typed = { requestTypeId: string };

/** @throws PolicyMissingError when the request type of a stored request is no longer in site.yaml */
export function anyTypeOf({ site }: Pick<Applied, "site">, { requestTypeId }: Typed): AnyType {
  const found = site.requestTypes.find(({ id }) => id === requestTypeId);
  if (!found) throw new PolicyMissingError(`request type ${requestTypeId}`);
  return found;
}

/** @throws PolicyMissingError when site.yaml no longer has it as one by which access is asked for */
export function requestTypeOf(applied: Pick<Applied, "site">, request: Typed): RequestType {
  const found = anyTypeOf(applied, request);
  if (found.meaning === "access") return found;
  throw new PolicyMissingError(`request type ${found.id} for access`);
}

/** @throws PolicyMissingError when site.yaml no longer has it as one by which actions are asked for */
export function actionTypeOf(applied: Pick<Applied, "site">, request: Typed): ActionType {
  const found = anyTypeOf(applied, request);
  if (found.meaning === "action") return found;
  throw new PolicyMissingError(`request type ${found.id} for actions`);
}

/** How long people have to answer each time, from now on, in seconds. */
export function waitsFrom({ reminders, expiresAfter, businessHours }: Policy, now: number): number[] {
  const counted = waitsForDecision({
    reminders: reminders.map(secondsOf),
    expiresAfter: secondsOf(expiresAfter),
  });
  return businessHours ? realWaits(counted, businessHours, now) : counted;
}

/**
 * How long to wait for a decision on a stage each time, in seconds: until the first reminder, until the next, and at
 * last until the request expires.
 */
export function waitsForDecision(policy: { reminders: number[]; expiresAfter: number }): number[] {
  const waits: number[] = [];
  let passed = 0;
  for (const wait of policy.reminders) {
    if (passed + wait >= policy.expiresAfter) break;
    waits.push(wait);
    passed += wait;
  }
  return [...waits, policy.expiresAfter - passed];
}
