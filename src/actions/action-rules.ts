import * as v from "valibot";
import { Duration } from "../policy/duration.ts";
import { actionNames } from "./action-names.ts";
import { Bundle } from "./bundles.ts";
import { fieldsIn, Source } from "./source.ts";

/**
 * What is done in JumpCloud when a ticket comes, or is moved to a status: `actions.yaml`. The descriptions are what editors show: the
 * JSON Schema of the file is made of them.
 */

const text = v.pipe(v.string(), v.minLength(1));
const kebab = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower case letters, digits and hyphens"),
);
const numericId = v.pipe(v.string(), v.regex(/^\d+$/, "a number in quotes"));
const approvalName = v.pipe(text, v.description("Name of one of the approvals in policy.yaml."));
const name = v.pipe(v.picklist(actionNames), v.description("Its name in docs/actions.md."));

const Step = v.strictObject({
  action: name,
  inputs: v.optional(
    v.pipe(
      v.record(v.string(), Source),
      v.description(
        "Where the action's inputs come from. “user” can be left out when the rule says whom it is about.",
      ),
    ),
    {},
  ),
  at: v.optional(
    v.pipe(
      Source,
      v.description("When it is done: a date, by the step “time”. At once if left out, or if it is over."),
    ),
  ),
  after: v.optional(
    v.pipe(Duration, v.description("How long after the step before it: 30d, for example. Not with “at”.")),
  ),
  ifItFails: v.optional(
    v.pipe(
      v.picklist(["stop", "continue"]),
      v.description("Whether the steps after it are done all the same; they are not if left out."),
    ),
  ),
});

const Rule = v.strictObject({
  id: v.pipe(kebab, v.description("Name in tickets and audit trails.")),
  title: v.pipe(text, v.description("What is done, in words for people: Unlock the account.")),
  requestType: v.pipe(numericId, v.description("Id of a request type of site.yaml whose meaning is action.")),
  when: v.pipe(
    v.union([
      v.literal("created"),
      v.strictObject({ status: v.pipe(numericId, v.description("Id of the status.")) }),
    ]),
    v.description(
      "created: with every ticket. status: when an agent moves a ticket to the status with this id, which the workflow must have for this.",
    ),
  ),
  about: v.optional(
    v.pipe(
      Source,
      v.description(
        "Whom it is about: one id in JumpCloud, or several, for each of whom every step is done. Nobody in particular if left out.",
      ),
    ),
  ),
  steps: v.pipe(
    v.array(Step),
    v.minLength(1),
    v.maxLength(10),
    v.description("What is done, in this order."),
  ),
  approval: v.optional(
    v.pipe(approvalName, v.description("The approval that is needed first; none if left out.")),
  ),
  checklist: v.optional(
    v.pipe(
      v.array(text),
      v.description(
        "What people do by hand besides; the ticket's agents are told when the steps that are due are done.",
      ),
    ),
  ),
  evidence: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        "Whether the hashes of the audit trails are put on the ticket at the end, for agents: what “latchkey audit evidence” writes can be held against them.",
      ),
    ),
  ),
  done: v.optional(
    v.pipe(
      numericId,
      v.description("Id of the status to which the ticket goes then; the request type's own if left out."),
    ),
  ),
});

export const Actions = v.strictObject({
  rules: v.pipe(v.array(Rule), v.description("What is done for which tickets.")),
  bundles: v.optional(
    v.pipe(
      v.array(Bundle),
      v.description("Groups that people are in by their department, place, and so on."),
    ),
  ),
  off: v.optional(v.pipe(v.array(name), v.description("Actions that are switched off: no rule does them."))),
  agents: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          group: v.pipe(
            v.strictObject({
              id: v.pipe(v.string(), v.description("Id of the group in Jira.")),
              name: v.pipe(v.string(), v.description("Its name, for people who read this file.")),
            }),
            v.description("A group in Jira."),
          ),
          may: v.pipe(v.array(name), v.description("What its members may have done by moving a ticket.")),
        }),
      ),
      v.description("Who may have which action done by moving a ticket: nobody if left out."),
    ),
  ),
  identityCheck: v.optional(
    v.pipe(
      approvalName,
      v.description(
        "The approval by which somebody says that they know who asks. Passwords, locks and second factors are not touched without it.",
      ),
    ),
  ),
  outOfJira: v.optional(
    v.pipe(
      approvalName,
      v.description(
        "The approval that allows what takes away somebody's account in Jira; refused if left out.",
      ),
    ),
  ),
});

export type Actions = v.InferOutput<typeof Actions>;
export type ActionRule = v.InferOutput<typeof Rule>;

export function ruleOf({ actions }: { actions?: Actions | undefined }, id: string): ActionRule | undefined {
  return actions?.rules.find((rule) => rule.id === id);
}

/** Ids of the fields that decide what a rule does, and to whom. */
export function decidingFieldsOf({ about, steps }: ActionRule): string[] {
  const sources = [...(about ? [about] : []), ...steps.flatMap(({ inputs }) => Object.values(inputs))];
  return [...new Set(sources.flatMap(fieldsIn))];
}

/** Those, and the fields that say when. */
export function fieldsOf(rule: ActionRule): string[] {
  const dates = rule.steps.flatMap(({ at }) => (at ? fieldsIn(at) : []));
  return [...new Set([...decidingFieldsOf(rule), ...dates])];
}
