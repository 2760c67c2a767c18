import { AwsError } from "../endpoint/aws-error.ts";
import { conditionOperators, matches } from "./policy-matching.ts";
import type { Statement } from "./policy-statements.ts";

/** A role of the stack with everything that its policies say. */
export type Role = { name: string; arn: string; statements: Statement[] };

/**
 * A call that somebody wants to make. Of several resources one that is allowed is enough. `keys` are the condition keys
 * of that call beyond the global ones.
 */
export type Question = { action: string; resources: string[]; keys?: Record<string, string[]> };

type Call = { action: string; resource: string; keys: Record<string, string[]> };

export type Decision = { role: string; action: string; resource: string; allowed: boolean };

/** Something that a policy allows, as the policy writes it. */
export type Grant = { role: string; action: string; resource: string };

/** A grant, and how many calls it has allowed. */
export type GrantUse = Grant & { calls: number };

/**
 * Decides calls as IAM does from the identity-based policies of the stack's roles: an explicit deny wins, then an
 * allow, else no. Resource policies, boundaries and session policies are not looked at.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * Every decision is remembered, so that grants that nobody needed can be reported, and so can what was refused. There is no
 * way to switch this off.
 */
export class Permissions {
  readonly #roles: Map<string, Role>;
  readonly #globalKeys: Record<string, string[]>;
  readonly #decisions = new Map<string, Decision>();
  readonly #used = new Map<string, number>();
  readonly #onRefusal: (message: string) => void;

  /** @param onRefusal told of each call that is refused, in AWS's words */
  constructor(
    roles: Role[],
    place: { region: string; account: string },
    onRefusal: (message: string) => void = () => {},
  ) {
    this.#onRefusal = onRefusal;
    this.#roles = new Map(roles.map((role) => [role.name, role]));
    this.#globalKeys = {
      // Locally calls come over plain HTTP; in the cloud the SDK uses TLS.
      "aws:SecureTransport": ["true"],
      "aws:RequestedRegion": [place.region],
      "aws:PrincipalAccount": [place.account],
      "aws:ResourceAccount": [place.account],
      "aws:SourceAccount": [place.account],
    };
  }

  /** The role of that name or ARN. */
  role(nameOrArn: string): Role | undefined {
    return this.#roles.get(nameOrArn.startsWith("arn:") ? (nameOrArn.split("/").at(-1) ?? "") : nameOrArn);
  }

  /**
   * Throws AccessDeniedException, worded as AWS does, unless the role may do it.
   * @param session name of the role session; Lambda uses the function's name
   */
  demand(role: Role, session: string, question: Question): void {
    const { action, resources } = question;
    const keys = { ...this.#globalKeys, "aws:PrincipalArn": [role.arn], ...question.keys };
    const decisions = resources.map((resource) => ({
      resource,
      decision: this.#decide(role, { action, resource, keys }),
    }));
    const best = decisions.find(({ decision }) => decision === "allow") ?? decisions[0];
    if (!best) throw new Error(`${action} is asked for no resource`);
    const { resource, decision } = best;
    const allowed = decision === "allow";
    const remembered = { role: role.name, action, resource, allowed };
    this.#decisions.set(JSON.stringify(remembered), remembered);
    if (allowed) return;
    const account = role.arn.split(":")[4];
    const because =
      decision === "deny"
        ? "with an explicit deny in an identity-based policy"
        : `because no identity-based policy allows the ${action} action`;
    const message = `User: arn:aws:sts::${account}:assumed-role/${role.name}/${session} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
    this.#onRefusal(message);
    throw new AwsError("AccessDeniedException", message);
  }

  /** Every different decision so far. */
  used(): Decision[] {
    return [...this.#decisions.values()];
  }

  /** What the policies allow of the served services and no decision has needed so far. */
  unused(): Grant[] {
    return this.grants()
      .filter(({ action, calls }) => calls === 0 && servedServices.includes(action.split(":")[0] ?? ""))
      .map(({ role, action, resource }) => ({ role, action, resource }));
  }

  /** All that the policies allow, also of services that are not served. */
  grants(): GrantUse[] {
    return [...this.#roles.values()]
      .flatMap(grantsOf)
      .map((grant) => ({ ...grant, calls: this.#used.get(keyOf(grant)) ?? 0 }));
  }

  #decide(role: Role, call: Call): "allow" | "deny" | "neither" {
    const matching = role.statements.filter((statement) => applies(statement, call));
    if (matching.some(({ effect }) => effect === "Deny")) return "deny";
    if (matching.length === 0) return "neither";
    for (const { actions, resources } of matching)
      for (const action of actions.patterns.filter((pattern) => matchesAction(pattern, call.action)))
        for (const resource of resources.patterns.filter((pattern) => matches(pattern, call.resource)))
          this.#count(keyOf({ role: role.name, action, resource }));
    return "allow";
  }

  #count(grant: string): void {
    this.#used.set(grant, (this.#used.get(grant) ?? 0) + 1);
  }
}

const servedServices = ["*", "dynamodb", "lambda", "s3", "secretsmanager", "sqs", "states"];

function grantsOf(role: Role): Grant[] {
  return role.statements
    .filter(({ effect, actions, resources }) => effect === "Allow" && !actions.negated && !resources.negated)
    .flatMap(({ actions, resources }) =>
      actions.patterns.flatMap((action) =>
        resources.patterns.map((resource) => ({ role: role.name, action, resource })),
      ),
    );
}

function keyOf({ role, action, resource }: Grant): string {
  return `${role} ${action} ${resource}`;
}

function applies(statement: Statement, call: Call): boolean {
  const { actions, resources, conditions } = statement;
  const action = actions.patterns.some((pattern) => matchesAction(pattern, call.action));
  const resource = resources.patterns.some((pattern) => matches(pattern, call.resource));
  return (
    action !== actions.negated &&
    resource !== resources.negated &&
    conditions.every(({ operator, key, values }) => {
      const known = findKey(key, call);
      return conditionOperators[operator](known, values);
    })
  );
}

/** Condition keys are compared without case. A key that the runtime cannot know would silently decide wrongly. */
function findKey(key: string, { action, keys }: Call): string[] | undefined {
  const found = Object.entries(keys).find(([name]) => name.toLowerCase() === key.toLowerCase());
  if (found) return found[1];
  if (["dynamodb:leadingkeys", "states:statemachinequalifier"].includes(key.toLowerCase())) return undefined;
  throw new Error(
    `a policy statement for ${action} needs the condition key ${key}, which is not known locally`,
  );
}

function matchesAction(pattern: string, action: string): boolean {
  return matches(pattern.toLowerCase(), action.toLowerCase());
}
