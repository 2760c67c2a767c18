import type { CatalogEntry } from "../catalog/catalog.ts";
import { type Facts, holds, type PersonFacts, type Truth } from "./condition.ts";
import type { Policy, Separation } from "./policy.ts";
import { applyRules } from "./rules.ts";

/** Everything that one decision of the policy is made from. Nothing else is looked up on the way. */
export type Question = {
  facts: Facts;
  entry: CatalogEntry;
  /** Ids of entitlements that the beneficiary has, by the groups that JumpCloud shows, whoever gave them. */
  has: ReadonlySet<string>;
  /** Ids of entitlements that other open requests are to give to the beneficiary. */
  pending: ReadonlySet<string>;
  /** Whether it is to be taken in an emergency, without an approval. */
  emergency: boolean;
  /** Whether the beneficiary took access in another emergency, and nobody has looked at that yet. */
  unreviewed: boolean;
  /** How many grants the beneficiary, and the group with the most of them, got within the time of the policy's caps. */
  granted: { person: number; group: number };
};

type Refusal =
  | "protected person"
  | "not eligible"
  | "prerequisite missing"
  | "conflicting access"
  | "no emergency access"
  | "review open"
  | "denied by rule";

/** What the policy says: `waive` means that nobody has to be asked, and says why. */
export type PolicyDecision =
  | { outcome: "refuse"; code: Refusal; say: string; rule?: string }
  | { outcome: "waive"; say: string; rule: string }
  | { outcome: "ask"; approval: string; rule?: string };

/** One check, in the order in which they are made; of the ones after a refusal nothing is said. */
export type Check = { check: string; result: "passed" | "failed" | "unknown"; detail?: string };

/**
 * Decides a request by policy. Pure: the same question gives the same answer. Nothing that the policy denies is granted
 * by anything else that it says, and what cannot be looked up counts against the request.
 */
export function decide(policy: Policy, question: Question): { decision: PolicyDecision; trace: Check[] } {
  const trace: Check[] = [];
  for (const { check, judge } of checks) {
    const refusal = judge(policy, question);
    trace.push({
      check,
      result: refusal === undefined ? "passed" : refusal.unknown ? "unknown" : "failed",
      ...(refusal ? { detail: refusal.say } : {}),
    });
    if (refusal) return { decision: { outcome: "refuse", code: refusal.code, say: refusal.say }, trace };
  }
  const { decision, trace: rules } = applyRules(policy.rules ?? [], question.facts);
  for (const step of rules)
    trace.push({ check: `rule ${step.rule}`, result: resultOf(step.holds), detail: step.decide });
  if (decision.outcome === "deny")
    return {
      decision: { outcome: "refuse", code: "denied by rule", say: decision.say, rule: decision.rule },
      trace,
    };
  return { decision: afterRules(policy, question, decision, trace), trace };
}

type Objection = { code: Refusal; say: string; unknown?: boolean };

const checks: {
  check: string;
  judge: (policy: Policy, question: Question) => Objection | undefined;
}[] = [
  {
    check: "the person is not protected",
    judge: ({ protectedPeople = [] }, { facts }) =>
      protectedPeople.includes(facts.beneficiary.userId)
        ? { code: "protected person", say: "This person’s access is not changed by requests." }
        : undefined,
  },
  {
    check: "the person is eligible",
    judge: (_, { entry, facts }) => {
      const truth = entry.eligibility === undefined || holds(entry.eligibility, facts);
      if (truth === true) return undefined;
      return {
        code: "not eligible",
        say: `${entry.title} is not open to this person.`,
        unknown: truth === "unknown",
      };
    },
  },
  {
    check: "what it needs is there",
    judge: (_, { entry, has }) => {
      const missing = entry.requires?.filter((id) => !has.has(id)) ?? [];
      return missing.length === 0
        ? undefined
        : {
            code: "prerequisite missing",
            say: `${entry.title} needs ${missing.join(" and ")} first.`,
          };
    },
  },
  {
    check: "nothing that the person has conflicts with it",
    judge: (policy, question) => {
      const conflict = conflictsOf(policy, question).find(
        // Nobody is there to decide on the exception.
        ({ exceptionBy }) => exceptionBy === undefined || question.emergency,
      );
      return conflict && { code: "conflicting access", say: describeConflict(question, conflict) };
    },
  },
  {
    check: "in an emergency, the person may take it",
    judge: (_, { emergency, entry, facts }) => {
      const truth = !emergency || (entry.breakGlass !== undefined && holds(entry.breakGlass.who, facts));
      if (truth === true) return undefined;
      return {
        code: "no emergency access",
        say: `${entry.title} cannot be taken by this person in an emergency. A request without an incident asks for an approval.`,
        unknown: truth === "unknown",
      };
    },
  },
  {
    check: "in an emergency, the last one was looked at",
    judge: (_, { emergency, unreviewed }) =>
      emergency && unreviewed
        ? {
            code: "review open",
            say: "The emergency access that this person took last has to be reviewed before the next.",
          }
        : undefined,
  },
];

function afterRules(
  policy: Policy,
  question: Question,
  decided:
    | { outcome: "approve"; rule: string; say: string }
    | { outcome: "ask"; rule?: string; approval?: string },
  trace: Check[],
): PolicyDecision {
  const { entry } = question;
  if (question.emergency)
    return { outcome: "waive", say: "It was taken in an emergency.", rule: emergencyRule };
  const conflict = conflictsOf(policy, question)[0];
  if (conflict?.exceptionBy !== undefined) {
    trace.push({
      check: `separation ${conflict.id}`,
      result: "failed",
      detail: describeConflict(question, conflict),
    });
    return { outcome: "ask", approval: conflict.exceptionBy, rule: conflict.id };
  }
  if (policy.caps && isOverCap(policy.caps, question)) {
    trace.push({ check: "caps", result: "failed", detail: `more than usual within ${policy.caps.within}` });
    return { outcome: "ask", approval: policy.caps.approval, rule: "caps" };
  }
  if (decided.outcome === "approve") return { outcome: "waive", say: decided.say, rule: decided.rule };
  const approval = decided.approval ?? entry.approval ?? policy.defaultApproval;
  const rule = decided.rule === undefined ? {} : { rule: decided.rule };
  const named = approval === undefined ? undefined : policy.approvals[approval];
  if (approval !== undefined && named && "automatic" in named)
    return { outcome: "waive", say: named.automatic, rule: approval };
  return { outcome: "ask", approval: approval ?? fallbackApproval, ...rule };
}

/** Stands for a rule where access was taken in an emergency. */
const emergencyRule = "emergency";

/** When nothing names an approval, the members of the fallback group are asked. */
export const fallbackApproval = "fallback";

function isOverCap(caps: NonNullable<Policy["caps"]>, { granted, entry }: Question): boolean {
  const isOver =
    granted.person >= caps.perPerson || granted.group >= (caps.perGroup ?? Number.POSITIVE_INFINITY);
  return isOver && caps.tags.some((tag) => entry.tags.includes(tag));
}

type WhoAndWhen = Pick<Facts, "at"> & { beneficiary: Pick<PersonFacts, "userId"> };

/** The separations that the access would break, with what the person has or is about to get. */
export function conflictsOf(
  policy: Policy,
  { entry, facts, has, pending }: Pick<Question, "entry" | "has" | "pending"> & { facts: WhoAndWhen },
): Separation[] {
  const today = new Date(facts.at).toISOString().slice(0, 10);
  const isHeld = (id: string) => id !== entry.entitlementId && (has.has(id) || pending.has(id));
  return (policy.separation ?? []).filter(({ one, other, exceptions = [] }) => {
    const against = [
      ...(one.includes(entry.entitlementId) ? other : []),
      ...(other.includes(entry.entitlementId) ? one : []),
    ];
    const isExcepted = exceptions.some(
      ({ user, until }) => user === facts.beneficiary.userId && today <= until,
    );
    return !isExcepted && against.some(isHeld);
  });
}

function describeConflict({ entry }: Question, { id, why }: Separation): string {
  return `${entry.title} must not be held together with what the person has or has asked for (${id}): ${why}`;
}

function resultOf(truth: Truth): Check["result"] {
  return truth === "unknown" ? "unknown" : truth ? "passed" : "failed";
}

/** Ids of the entitlements of which it has to be known whether the person has them, before the policy can decide. */
export function entitlementsNeeded(policy: Policy, entry: CatalogEntry): string[] {
  const separated = (policy.separation ?? []).flatMap(({ one, other }) => [
    ...(one.includes(entry.entitlementId) ? other : []),
    ...(other.includes(entry.entitlementId) ? one : []),
  ]);
  const needed = new Set([...(entry.requires ?? []), ...separated]);
  needed.delete(entry.entitlementId);
  return [...needed];
}
