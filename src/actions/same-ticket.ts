import { canonicalJson, sha256 } from "../audit/hash.ts";
import { FormChangedError } from "../errors.ts";
import type { Policy } from "../policy/policy.ts";
import type { Issue } from "../requests/issue.ts";
import type { ActionPin, ActionRequest } from "../requests/request.ts";
import { valueIn } from "./action-inputs.ts";
import { type ActionRule, decidingFieldsOf, ruleOf } from "./action-rules.ts";

/** Changes when the rule would do something else, or to somebody else. */
export function hashOfTicket(rule: ActionRule, { fields, reporter }: Issue): string {
  const { about, steps, id } = rule;
  const values = decidingFieldsOf(rule).map((field) => [field, valueIn(fields[field])]);
  return sha256(canonicalJson({ id, about, steps, values, reporter: reporter?.accountId }));
}

/** @throws FormChangedError when the ticket, or the rule, says something else than was checked */
export function expectSameTicket(
  { trigger, pin }: { trigger: ActionRequest["trigger"]; pin: ActionPin },
  issue: Issue,
  policy: Policy,
): ActionRule {
  const rule = ruleOf(policy, trigger.rule);
  if (!rule || hashOfTicket(rule, issue) !== pin.form) throw new FormChangedError();
  return rule;
}
