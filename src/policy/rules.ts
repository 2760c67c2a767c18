import * as v from "valibot";
import { Condition, type Facts, holds, type Truth } from "./condition.ts";

const kebab = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower case letters, digits and hyphens"),
);
const id = v.pipe(kebab, v.description("Name in tickets and audit trails."));
const when = v.pipe(Condition, v.description("What the request has to be like."));
const say = v.pipe(v.string(), v.minLength(1), v.description("Why; people read it on the ticket."));

/** A decision that policy makes by itself. */
export const Rule = v.variant("decide", [
  v.strictObject({
    id,
    when,
    decide: v.pipe(v.literal("deny"), v.description("Nobody is asked, and nothing given.")),
    say,
  }),
  v.strictObject({
    id,
    when,
    decide: v.pipe(v.literal("approve"), v.description("Nobody has to be asked.")),
    say,
  }),
  v.strictObject({
    id,
    when,
    decide: v.pipe(v.literal("ask"), v.description("People are asked, in another way than usual.")),
    approval: v.pipe(v.string(), v.description("Name of one of the approvals.")),
  }),
]);
export type Rule = v.InferOutput<typeof Rule>;

export type Step = { rule: string; decide: Rule["decide"]; holds: Truth };

export type RuleOutcome =
  | { outcome: "deny"; rule: string; say: string }
  | { outcome: "approve"; rule: string; say: string }
  /** No rule: the entitlement's own approval. */
  | { outcome: "ask"; rule?: string; approval?: string };

/**
 * What the rules say of a request, and how they came to it. The order of kinds is fixed: any denial wins over any question, and a
 * question over any waiver, so that no order of rules can grant what one of them denies. A denial or a question
 * that cannot be decided, because something could not be looked up, denies; a waiver that cannot be decided waives nothing.
 */
export function applyRules(rules: readonly Rule[], facts: Facts): { decision: RuleOutcome; trace: Step[] } {
  const judged = rules.map((rule) => ({ rule, truth: holds(rule.when, facts) }));
  const trace = judged.map(({ rule, truth }) => ({ rule: rule.id, decide: rule.decide, holds: truth }));
  return { decision: decisionOf(judged), trace };
}

function decisionOf(judged: { rule: Rule; truth: Truth }[]): RuleOutcome {
  for (const { rule, truth } of judged)
    if (rule.decide === "deny" && truth === true) return { outcome: "deny", rule: rule.id, say: rule.say };
  for (const { rule, truth } of judged)
    if (rule.decide !== "approve" && truth === "unknown")
      return {
        outcome: "deny",
        rule: rule.id,
        say: `The rule “${rule.id}” could not be decided: something that it needs to know is not set in JumpCloud.`,
      };
  for (const { rule, truth } of judged)
    if (rule.decide === "ask" && truth === true)
      return { outcome: "ask", rule: rule.id, approval: rule.approval };
  for (const { rule, truth } of judged)
    if (rule.decide === "approve" && truth === true)
      return { outcome: "approve", rule: rule.id, say: rule.say };
  return { outcome: "ask" };
}
