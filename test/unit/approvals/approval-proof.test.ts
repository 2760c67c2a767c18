import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ApprovalRecord,
  proveByApprovals,
  proveByTransition,
  stillApproved,
  stillMoved,
} from "../../../src/approvals/approval-proof.ts";
import type { StatusChange } from "../../../src/requests/issue.ts";
import { asked, decision, people } from "../../support/requests.ts";

const stage = { asked: asked(), approvers: [people.manager], excluded: [people.requester] };

function record(parts: Partial<ApprovalRecord> & { by?: string; active?: boolean } = {}): ApprovalRecord {
  const { by = people.manager, active = true, ...rest } = parts;
  const finalDecision = rest.finalDecision ?? "approved";
  return {
    id: "7",
    finalDecision,
    createdAt: 1_500,
    completedAt: 2_000,
    approvers: [{ accountId: by, active, decision: finalDecision }],
    ...rest,
  };
}

const account = fc.constantFrom(people.manager, people.requester, people.outsider, "bot");
const answer = fc.constantFrom("approved" as const, "declined" as const, "pending" as const);
const anyRecord = fc.record({
  id: fc.string({ minLength: 1, maxLength: 3 }),
  finalDecision: answer,
  createdAt: fc.integer({ min: 0, max: 3_000 }),
  completedAt: fc.option(fc.integer({ min: 0, max: 4_000 }), { nil: undefined }),
  approvers: fc.array(fc.record({ accountId: account, active: fc.boolean(), decision: answer }), {
    maxLength: 3,
  }),
});

describe("by JSM's approval record", () => {
  test("an approval by somebody who was asked counts", () => {
    expect(proveByApprovals([record()], stage)).toEqual({
      kind: "approved",
      by: [people.manager],
      evidence: "approval:7",
      at: 2_000,
    });
  });

  test("an approver may not approve their own request, even if the list names them", () => {
    const everybody = { ...stage, approvers: [people.manager, people.requester] };
    const verdict = proveByApprovals([record({ by: people.requester })], everybody);
    expect(verdict).toMatchObject({ kind: "invalid", why: "nobody may approve access for themselves" });
  });

  test("an approval by somebody else, or from a deactivated account, does not count", () => {
    expect(proveByApprovals([record({ by: people.outsider })], stage).kind).toBe("invalid");
    expect(proveByApprovals([record({ active: false })], stage).kind).toBe("invalid");
    expect(proveByApprovals([record({ approvers: [] })], stage)).toMatchObject({
      kind: "invalid",
      why: "the record names nobody who approved",
    });
  });

  test("a decline counts, whoever said it; what Jira opened before it was asked for does not", () => {
    expect(proveByApprovals([record({ finalDecision: "declined", by: people.outsider })], stage)).toEqual({
      kind: "declined",
      by: [people.outsider],
      evidence: "approval:7",
      at: 2_000,
    });
    expect(proveByApprovals([record({ createdAt: stage.asked.at })], stage).kind).toBe("approved");
    expect(proveByApprovals([record({ createdAt: stage.asked.at - 1 })], stage).kind).toBe("pending");
  });

  test("of two who approved, both must have been asked", () => {
    const yes = { active: true, decision: "approved" as const };
    const both = [
      { accountId: people.manager, ...yes },
      { accountId: people.outsider, ...yes },
    ];
    expect(proveByApprovals([record({ approvers: both })], stage).kind).toBe("invalid");
  });

  test("an approval from before Latchkey asked is none, unless it was pending then", () => {
    const early = record({ createdAt: 900 });
    expect(proveByApprovals([early], stage)).toEqual({ kind: "pending" });
    const pending = { ...stage, asked: asked({ pendingApproval: "7" }) };
    expect(proveByApprovals([early], pending).kind).toBe("approved");
  });

  test("only the newest record counts", () => {
    const again = record({ id: "8", createdAt: 3_000, finalDecision: "pending", approvers: [] });
    expect(proveByApprovals([record(), again], stage)).toEqual({ kind: "pending" });
    const no = record({ id: "8", createdAt: 3_000, finalDecision: "declined" });
    expect(proveByApprovals([no, record()], stage).kind).toBe("declined");
  });

  test("whatever Jira shows, nothing is approved without an active approver who was asked and is not concerned", () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 4 }), fc.array(account), (records, approvers) => {
        const verdict = proveByApprovals(records, { ...stage, approvers });
        if (verdict.kind !== "approved") return;
        expect(verdict.by.length).toBeGreaterThan(0);
        for (const id of verdict.by) {
          expect(approvers).toContain(id);
          expect(id).not.toBe(people.requester);
        }
        const evidence = records.filter((one) => `approval:${one.id}` === verdict.evidence);
        expect(evidence.some((one) => one.createdAt >= stage.asked.at)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("whatever Jira shows later, an approval that still counts is the last decision, by active people who were asked", () => {
    const excluded = [people.requester];
    let counted = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(anyRecord, { maxLength: 4, selector: ({ id }) => id }),
        fc.array(account),
        (records, approvers) => {
          for (const { id } of records) {
            if (!stillApproved(records, [decision({ evidence: `approval:${id}`, approvers })], excluded))
              continue;
            counted++;
            const done = records.filter(({ finalDecision }) => finalDecision !== "pending");
            const last = Math.max(...done.map(({ createdAt }) => createdAt));
            const deciders = done.flatMap((one) =>
              one.id === id && one.createdAt === last && one.finalDecision === "approved"
                ? one.approvers.filter((approver) => approver.decision === "approved")
                : [],
            );
            expect(deciders.length).toBeGreaterThan(0);
            for (const { accountId, active } of deciders) {
              expect(approvers).toContain(accountId);
              expect(excluded).not.toContain(accountId);
              expect(active).toBe(true);
            }
          }
        },
      ),
      { numRuns: 5_000 },
    );
    expect(counted).toBeGreaterThan(100);
  });

  test("an approval is gone when its approver was deactivated or somebody declined after it", () => {
    const given = decision();
    expect(stillApproved([record()], [given], [])).toBe(true);
    expect(stillApproved([record({ active: false })], [given], [])).toBe(false);
    expect(stillApproved([record({ by: people.requester })], [given], [people.requester])).toBe(false);
    expect(stillApproved([], [given], [])).toBe(false);
    expect(stillApproved([record()], [], [])).toBe(false);
    const no = record({ id: "8", createdAt: 3_000, finalDecision: "declined" });
    expect(stillApproved([record(), no], [given], [])).toBe(false);
  });

  test("an approval stays while Jira has asked once more, and nobody has answered that", () => {
    const again = record({ id: "8", createdAt: 3_000, finalDecision: "pending", approvers: [] });
    expect(stillApproved([record(), again], [decision()], [])).toBe(true);
  });

  test("of two who had to approve, both approvals have to be there still, each by its own people", () => {
    const second = record({ id: "8", createdAt: 3_000, by: people.outsider });
    const both = [decision(), decision({ evidence: "approval:8", approvers: [people.outsider] })];
    expect(stillApproved([record(), second], both, [])).toBe(true);
    expect(stillApproved([second], both, [])).toBe(false);
    expect(stillApproved([record({ active: false }), second], both, [])).toBe(false);
  });
});

describe("by the issue's history", () => {
  const statuses = { approved: "ok", declined: "no" };
  const person = { accountId: people.manager, active: true, kind: "atlassian" as const, displayName: "" };
  const move = (parts: Partial<StatusChange> = {}): StatusChange => ({
    id: "h1",
    at: 2_000,
    author: person,
    from: "wait",
    to: "ok",
    ...parts,
  });

  test("a move into the approved status by somebody who was asked counts", () => {
    expect(proveByTransition([move()], statuses, stage)).toMatchObject({
      kind: "approved",
      evidence: "changelog:h1",
    });
  });

  test("a move by a bot, by the requester, by an outsider, or by nobody known does not count", () => {
    const authors = [
      { ...person, kind: "app" as const },
      { ...person, accountId: people.requester },
      { ...person, accountId: people.outsider },
      { ...person, active: false },
      undefined,
    ];
    for (const author of authors)
      expect(proveByTransition([move({ author })], statuses, stage).kind).toBe("invalid");
    expect(proveByTransition([move({ author: undefined })], statuses, stage)).toMatchObject({ by: [] });
  });

  test("a move into the declined status counts, whoever made it", () => {
    const outsider = { ...person, accountId: people.outsider };
    expect(proveByTransition([move({ to: "no", author: outsider })], statuses, stage)).toEqual({
      kind: "declined",
      by: [people.outsider],
      evidence: "changelog:h1",
      at: 2_000,
    });
  });

  test("a ticket that was moved on or back again is not approved, and neither is an old move", () => {
    expect(proveByTransition([move(), move({ id: "h2", at: 2_500, to: "wait" })], statuses, stage)).toEqual({
      kind: "pending",
    });
    expect(proveByTransition([move({ at: 999 })], statuses, stage)).toEqual({ kind: "pending" });
    expect(proveByTransition([move({ at: 1_000 })], statuses, stage).kind).toBe("approved");
    expect(proveByTransition([], statuses, stage)).toEqual({ kind: "pending" });
  });

  test("the move must still be the last decision when access is given", () => {
    const given = decision({ evidence: "changelog:h1" });
    expect(stillMoved([move(), move({ id: "h2", at: 2_500, to: "elsewhere" })], statuses, given, [])).toBe(
      true,
    );
    expect(stillMoved([move(), move({ id: "h2", at: 2_500, to: "no" })], statuses, given, [])).toBe(false);
    expect(stillMoved([move()], statuses, given, [people.manager])).toBe(false);
    expect(stillMoved([move({ author: undefined })], statuses, given, [])).toBe(false);
    expect(stillMoved([], statuses, given, [])).toBe(false);
    // Another approval than the one that was decided on is another decision.
    expect(stillMoved([move(), move({ id: "h2", at: 2_500 })], statuses, given, [])).toBe(false);
  });

  test("whatever the history shows, only a last move into the approved status by a person who was asked counts", () => {
    const author = fc.record({
      accountId: account,
      active: fc.boolean(),
      kind: fc.constantFrom("atlassian" as const, "app" as const),
      displayName: fc.constant(""),
    });
    const anyMove = fc.record({
      id: fc.uuid(),
      at: fc.integer({ min: 0, max: 3_000 }),
      author: fc.option(author, { nil: undefined }),
      from: fc.constant("wait"),
      to: fc.constantFrom("ok", "ok", "no", "wait"),
    });
    let approved = 0;
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 4 }), fc.array(account), (moves, approvers) => {
        const verdict = proveByTransition(moves, statuses, { ...stage, approvers });
        if (verdict.kind !== "approved") return;
        approved++;
        const counted = moves.find(({ id }) => `changelog:${id}` === verdict.evidence);
        expect(counted).toMatchObject({ to: "ok", author: { active: true, kind: "atlassian" } });
        expect(counted?.at).toBeGreaterThanOrEqual(stage.asked.at);
        expect(counted?.at).toBe(Math.max(...moves.map(({ at }) => at)));
        expect(verdict.by).toEqual([counted?.author?.accountId]);
        expect(approvers).toContain(verdict.by[0]);
        expect(verdict.by).not.toContain(people.requester);
        // Nothing has changed, so it still counts when access is given.
        expect(
          stillMoved(moves, statuses, decision({ evidence: verdict.evidence, approvers }), stage.excluded),
        ).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(approved).toBeGreaterThan(100);
  });
});
