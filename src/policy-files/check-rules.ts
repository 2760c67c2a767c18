import * as v from "valibot";
import type { ActionName } from "../actions/action-names.ts";
import type { ActionRule, Actions } from "../actions/action-rules.ts";
import { shapeOf } from "../actions/action-shapes.ts";
import { placesIn } from "../actions/source.ts";
import type { PolicyFile } from "../policy/policy.ts";
import type { Site } from "../policy/site.ts";
import { nearest } from "./check-shape.ts";
import type { Source } from "./positions.ts";
import { type Path, type Problem, problem, repeated } from "./problem.ts";

type Files = { site: Site; policy: PolicyFile };

/** What the shape of actions.yaml cannot say: request types, approvals and agents that must be there, and the inputs of each action. */
export function checkRules({ value, source }: { value: Actions; source: Source }, files: Files): Problem[] {
  const { rules, identityCheck, outOfJira } = value;
  const path = (index: number, key: string) => ["rules", index, key];
  return [
    ...repeated(
      source,
      rules.map(({ id }, index) => ({ id, path: path(index, "id") })),
    ),
    ...repeated(
      source,
      rules.map((rule, index) => ({ id: triggerOf(rule), path: path(index, "when") })),
    ),
    ...[
      { name: identityCheck, at: ["identityCheck"] },
      { name: outOfJira, at: ["outOfJira"] },
      ...rules.map(({ approval }, index) => ({ name: approval, at: path(index, "approval") })),
    ].flatMap(({ name, at }) => (name === undefined ? [] : approvalProblems(source, at, name, files.policy))),
    ...rules.flatMap((rule, index) => ruleProblems(source, ["rules", index], rule, value, files.site)),
  ];
}

function triggerOf({ requestType, when }: ActionRule): string {
  return when === "created" ? `${requestType}, created` : `${requestType}, status ${when.status}`;
}

function approvalProblems(source: Source, path: Path, name: string, { approvals }: PolicyFile): Problem[] {
  const approval = approvals[name];
  if (!approval || "automatic" in approval) {
    const staged = Object.keys(approvals).filter((one) => "stages" in (approvals[one] ?? {}));
    const near = nearest(name, staged);
    const hint = near ? `did you mean ${near}?` : `expected ${staged.join(", ")}`;
    return [problem(source, path, `policy.yaml has no approval with stages “${name}”; ${hint}`)];
  }
  return approval.stages.some(({ ask }) => ask.includes("owner"))
    ? [problem(source, path, `“${name}” asks an application's owner, and an action is about no application`)]
    : [];
}

function ruleProblems(source: Source, path: Path, rule: ActionRule, actions: Actions, site: Site): Problem[] {
  const types = site.requestTypes.filter(({ meaning }) => meaning === "action");
  const type = types.find(({ id }) => id === rule.requestType);
  if (!type)
    return [
      problem(
        source,
        [...path, "requestType"],
        `site.yaml has no request type “${rule.requestType}” whose meaning is action; expected ${types.map(({ id }) => id).join(", ") || "one there"}`,
      ),
    ];
  const own = Object.values(type.statuses).flat();
  return [
    ...(rule.when !== "created" && own.includes(rule.when.status)
      ? [problem(source, [...path, "when"], "site.yaml uses this status for something else")]
      : []),
    ...rule.steps.flatMap((step, index) => {
      const at = [...path, "steps", index];
      return [
        ...inputProblems(source, at, step, rule.about !== undefined || makesUser(rule, index)),
        ...(step.at && step.after !== undefined
          ? [problem(source, [...at, "after"], "there is “at” already")]
          : []),
        ...permissionProblems(source, [...at, "action"], step.action, rule, actions),
      ];
    }),
  ];
}

/** Whether an earlier step makes the account that the later ones are about. */
function makesUser({ steps }: ActionRule, index: number): boolean {
  return steps.slice(0, index).some(({ action }) => action === "create-user");
}

function permissionProblems(
  source: Source,
  path: Path,
  action: ActionName,
  { when }: ActionRule,
  { agents = [], identityCheck }: Actions,
): Problem[] {
  const found = shapeOf(action);
  return [
    ...(when !== "created" && !agents.some(({ may }) => may.includes(action))
      ? [problem(source, path, `no group under agents may have ${action} done by moving a ticket`)]
      : []),
    ...(found.checksIdentity && identityCheck === undefined
      ? [problem(source, path, `${action} needs identityCheck: who says that they know who asks?`)]
      : []),
  ];
}

function inputProblems(
  source: Source,
  path: Path,
  { action, inputs }: ActionRule["steps"][number],
  isAbout: boolean,
): Problem[] {
  const known = shapeOf(action).inputs.entries;
  const names = Object.keys(inputs).map((name) => name.split(".")[0] ?? name);
  const given = new Set([...names, ...(isAbout ? ["user"] : [])]);
  const missing = Object.entries(known).filter(
    ([name, schema]) => !given.has(name) && !v.is(schema, undefined),
  );
  return [
    ...missing.map(([name]) =>
      name === "user"
        ? problem(source, path, `${action} needs “user”, or “about” in the rule`)
        : problem(source, [...path, "inputs"], `${action} needs “${name}”`),
    ),
    ...Object.entries(inputs).flatMap(([name, input]) => {
      const at = [...path, "inputs", name];
      const [outer = name, inner] = name.split(".");
      const unknown =
        "of" in input ? placesIn(input.template).filter((one) => !Object.hasOwn(input.of, one)) : [];
      if (unknown.length > 0) return [problem(source, at, `“of” has no field for {${unknown.join("}, {")}}`)];
      const schema = known[outer];
      if (!schema) {
        const near = nearest(name, Object.keys(known));
        const hint = near ? `did you mean ${near}?` : `expected ${Object.keys(known).join(", ")}`;
        return [problem(source, at, `${action} has no such input; ${hint}`)];
      }
      return "value" in input && inner === undefined && !v.is(schema, input.value)
        ? [problem(source, at, `${action} cannot take ${JSON.stringify(input.value)}`)]
        : [];
    }),
  ];
}
