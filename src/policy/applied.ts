import * as v from "valibot";
import { PolicyMissingError } from "../errors.ts";
import { Policy } from "./policy.ts";
import { type RequestType, Site } from "./site.ts";

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

/** @throws PolicyMissingError when the request type of a stored request is no longer in site.yaml */
export function requestTypeOf(applied: Applied, request: { requestTypeId: string }): RequestType {
  const found = applied.site.requestTypes.find((candidate) => candidate.id === request.requestTypeId);
  if (!found) throw new PolicyMissingError(`request type ${request.requestTypeId}`);
  return found;
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
