import { describe, expect, test } from "vitest";
import { recordDecision } from "../../../src/approvals/record-decision.ts";
import type { RequestIn } from "../../../src/requests/request.ts";
import { asked, decision, people, pin, request } from "../../support/requests.ts";
import { openStore } from "../../support/use-cases.ts";

const second = "acc-second";
const yes = { kind: "approved" as const, by: [people.manager], evidence: "approval:7", at: 2_000 };

async function record(
  parts: Partial<RequestIn<"asked">>,
  verdict: Parameters<typeof recordDecision>[2] = yes,
) {
  const waiting = request("asked", { token: "token", ...parts });
  const store = openStore(waiting);
  const clock = { now: () => 3_000, sleep: async () => {} };
  return { decided: await recordDecision({ ...store, clock }, waiting, verdict), entries: store.entries() };
}

const stages = [{ ask: ["manager" as const] }, { ask: ["owner" as const] }];

describe("a decision", () => {
  test("is kept with who gave it, who was asked, and where it can be seen; and is in the trail", async () => {
    const { decided, entries } = await record({});
    expect(decided).toMatchObject({ status: "approved", token: "token", trail: { sequence: 1 } });
    expect(decided.decisions).toEqual([decision()]);
    expect(decided).not.toHaveProperty("asked");
    expect(entries).toMatchObject([
      {
        id: "approval.decided/approval:7",
        at: 3_000,
        action: "approval.given",
        by: [people.manager],
        policyVersion: 3,
        facts: { stage: 1, of: 1, evidence: "approval:7", decidedAt: 2_000, more: undefined },
      },
    ]);
  });

  test("of no ends the request, however many others said yes", async () => {
    const { decided, entries } = await record(
      { pin: pin({ stages }), decisions: [decision()], asked: asked({ stage: 1, needed: 3 }) },
      { ...yes, kind: "declined", evidence: "approval:8" },
    );
    expect(decided.status).toBe("declined");
    expect(decided.decisions).toEqual([
      decision(),
      decision({ stage: 1, outcome: "declined", evidence: "approval:8" }),
    ]);
    expect(entries).toMatchObject([{ action: "approval.declined", facts: { stage: 2, of: 2 } }]);
  });

  test("on a stage that others follow leads to the next, and on the last one approves", async () => {
    const first = await record({ pin: pin({ stages }) });
    expect(first.decided.status).toBe("checked");
    const last = await record({
      pin: pin({ stages }),
      decisions: [decision()],
      asked: asked({ stage: 1 }),
    });
    expect(last.decided.status).toBe("approved");
  });
});

describe("where several people have to say yes", () => {
  test("one of them is not enough, and how many are missing is written down", async () => {
    const { decided, entries } = await record({ asked: asked({ needed: 3 }) });
    expect(decided.status).toBe("checked");
    expect(decided.decisions).toEqual([decision({ more: 2 })]);
    expect(entries).toMatchObject([{ facts: { more: 2 } }]);
  });

  test("the same person counts once, and each of several in one record", async () => {
    const twice = await record(
      { asked: asked({ needed: 2 }) },
      { ...yes, by: [people.manager, people.manager] },
    );
    expect(twice.decided).toMatchObject({ status: "checked", decisions: [{ more: 1 }] });
    const both = await record({ asked: asked({ needed: 2 }) }, { ...yes, by: [people.manager, second] });
    expect(both.decided.status).toBe("approved");
    expect(both.decided.decisions[0]).not.toHaveProperty("more");
  });
});

test("who decided in somebody's place is written down, and nobody else's place", async () => {
  const forManager = { from: people.outsider, to: people.manager };
  const forOther = { from: people.outsider, to: second };
  const { decided } = await record({ asked: asked({ delegated: [forManager, forOther] }) });
  expect(decided.decisions).toEqual([decision({ delegated: [forManager] })]);
  const nobody = await record({ asked: asked({ delegated: [forOther] }) });
  expect(nobody.decided.decisions).toEqual([decision()]);
});
