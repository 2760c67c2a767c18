import { expect, test } from "vitest";
import {
  type AuditDraft,
  type AuditEntry,
  actions,
  chain,
  firstBreak,
  start,
} from "../../../src/audit/audit-trail.ts";
import { describeEntry } from "../../../src/audit/describe.ts";
import { canonicalJson } from "../../../src/audit/hash.ts";

const draft = (number: number): AuditDraft => ({
  id: `step/${number}`,
  at: number,
  action: "approval.asked",
  by: [],
  facts: { number, nested: { b: 1, a: [true, null] } },
});

function trail(length: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let number = 1; number <= length; number++)
    entries.push(chain("10012-1", entries.at(-1) ?? start, draft(number)));
  return entries;
}

test("a trail that nobody touched is whole, also after it was stored and read", () => {
  expect(firstBreak([])).toBeUndefined();
  expect(firstBreak(trail(20))).toBeUndefined();
  expect(firstBreak(JSON.parse(JSON.stringify(trail(20))))).toBeUndefined();
});

test("every changed, dropped, swapped, doubled or foreign entry breaks the chain", () => {
  const whole = trail(8);
  for (const [index, entry] of whole.entries()) {
    const changed = whole.with(index, { ...entry, facts: { number: -1 } });
    expect(firstBreak(changed)).toBe(entry.sequence);
    const foreign = whole.with(index, { ...entry, requestId: "99-1" });
    expect(firstBreak(foreign)).toBe(entry.sequence);
    if (index === whole.length - 1) continue;
    expect(firstBreak(whole.toSpliced(index, 1))).toBe(whole[index + 1]?.sequence);
    expect(firstBreak(whole.toSpliced(index, 0, entry))).toBeDefined();
    const next = whole[index + 1];
    if (next) expect(firstBreak(whole.with(index, next).with(index + 1, entry))).toBeDefined();
  }
});

test("who forges an entry with a hash of its own is found too: it must follow from the one before, and be followed", () => {
  const whole = trail(8);
  const [, second, third] = whole;
  if (!second || !third) throw new Error("the trail is too short");
  const other = { ...draft(3), facts: { number: -1 } };
  const forge = (head: { sequence: number; hash: string }) => whole.with(2, chain("10012-1", head, other));
  // It follows, and the next one does not follow from it.
  expect(firstBreak(forge(second))).toBe(4);
  expect(firstBreak(forge({ ...second, hash: third.hash }))).toBe(3);
  // The last of a trail, out of its turn.
  const last = chain("10012-1", { sequence: 9, hash: whole[7]?.hash ?? "" }, draft(9));
  expect(firstBreak([...whole, last])).toBe(10);
});

test("equal values give equal text, whatever the order of their keys", () => {
  expect(canonicalJson({ b: 1, a: { d: undefined, c: [{ y: 1, x: 2 }] } })).toBe(
    '{"a":{"c":[{"x":2,"y":1}]},"b":1}',
  );
});

test("every action has a sentence, without a hole in it", () => {
  const facts = {
    issueKey: "ACC-1",
    title: "GitHub: Developer",
    approval: "manager",
    error: "E",
    why: "w",
    reminders: 2,
    reminder: 1,
    from: "a",
    to: "b",
    approvers: ["x"],
    source: "manager",
    stage: 1,
    of: 1,
    code: "C",
    evidence: "approval:1",
    user: "u",
    groups: ["g"],
    endsAt: 0,
    kept: [],
    outcome: "granted",
    message: "m",
    through: "ticket",
  };
  for (const action of actions) {
    const entry = chain("r", start, { ...draft(1), action, by: ["acc-1"], facts });
    const sentence = describeEntry(entry, (id) => (id === "acc-1" ? "Alice" : id));
    expect(sentence).toMatch(/[.:]/);
    expect(sentence).not.toMatch(/undefined|null|NaN|\[object/);
  }
});
