import { describe, expect, test } from "vitest";
import { isStillProven, type ReadProofDeps, readProof } from "../../../src/approvals/read-proof.ts";
import { asked, decision, people, pin } from "../../support/requests.ts";
import { requestType } from "../../support/use-cases.ts";

const { approved, declined } = requestType.statuses;
const byApprovals = { ...requestType, proof: "jsm-approval" as const };
const byTransition = { ...requestType, proof: "transition" as const };

type Shown = { by?: string; active?: boolean; to?: string; fails?: "approvals" | "changes" };

/** A Jira in which one person approved, in the record and by moving the ticket. The kind of proof that is not meant fails. */
function jira({ by = people.manager, active = true, to = approved, fails }: Shown): ReadProofDeps {
  const read = <T>(kind: Shown["fails"], shown: (issueId: string) => T) => {
    return async (issueId: string) => {
      if (kind === fails) throw new Error(`${kind} are not what this type of request is decided by`);
      return shown(issueId);
    };
  };
  const finalDecision = to === declined ? ("declined" as const) : ("approved" as const);
  const approvers = [{ accountId: by, active, decision: finalDecision }];
  const author = { accountId: by, active, kind: "atlassian" as const, displayName: "" };
  return {
    jira: {
      approvals: read("approvals", (issueId) =>
        issueId === "10012"
          ? [{ id: "7", finalDecision, createdAt: 1_500, completedAt: 2_000, approvers }]
          : [],
      ),
      statusChanges: read("changes", (issueId) =>
        issueId === "10012" ? [{ id: "7", at: 2_000, author, from: "wait", to }] : [],
      ),
    },
  };
}

const kinds = [
  ["approval", byApprovals, "changes"],
  ["changelog", byTransition, "approvals"],
] as const;

describe.each(kinds)("a type of request that is decided by its %s", (evidence, type, fails) => {
  const waiting = { issueId: "10012", pin: pin(), asked: asked(), decisions: [] };
  const given = decision({ evidence: `${evidence}:7` });
  const decided = { issueId: "10012", pin: pin(), decisions: [given] };
  const forOther = pin({ beneficiary: { accountId: people.manager, userId: "user-manager" } });

  test("is approved by one who was asked, and looks at nothing else", async () => {
    expect(await readProof(jira({ fails }), waiting, type)).toEqual({
      kind: "approved",
      by: [people.manager],
      evidence: `${evidence}:7`,
      at: 2_000,
    });
    expect(await isStillProven(jira({ fails }), decided, type)).toBe(true);
  });

  test("is not approved by who was not asked, or whose access it is to be", async () => {
    expect((await readProof(jira({ by: people.outsider, fails }), waiting, type)).kind).toBe("invalid");
    expect((await readProof(jira({ fails }), { ...waiting, pin: forOther }, type)).kind).toBe("invalid");
    expect(await isStillProven(jira({ by: people.outsider, fails }), decided, type)).toBe(false);
    expect(await isStillProven(jira({ fails }), { ...decided, pin: forOther }, type)).toBe(false);
  });

  test("is not approved by what approved the stage before, in the very second in which it was asked for", async () => {
    const second = { ...waiting, asked: asked({ stage: 1 }), decisions: [given] };
    expect(await readProof(jira({ fails }), second, type)).toEqual({ kind: "pending" });
  });

  test("is not approved any more once the approver is deactivated, or has said no, or without any decision", async () => {
    expect(await isStillProven(jira({ active: false, fails }), decided, type)).toBe(false);
    expect(await isStillProven(jira({ to: declined, fails }), decided, type)).toBe(false);
    expect(await isStillProven(jira({ fails }), { ...decided, decisions: [] }, type)).toBe(false);
    expect(await isStillProven(jira({ fails }), { ...decided, issueId: "10013" }, type)).toBe(false);
  });
});

test("the approvals of earlier stages were looked at when they were given, and are not looked at again", async () => {
  const earlier = decision({ stage: 0, evidence: "approval:3" });
  const decisions = [earlier, decision({ stage: 1 })];
  expect(await isStillProven(jira({}), { issueId: "10012", pin: pin(), decisions }, byApprovals)).toBe(true);
  const both = [{ ...earlier, stage: 1 }, decision({ stage: 1 })];
  expect(await isStillProven(jira({}), { issueId: "10012", pin: pin(), decisions: both }, byApprovals)).toBe(
    false,
  );
});
