import { expect, test } from "vitest";
import { entriesOf } from "../../src/catalog/catalog.ts";
import { readPolicyFiles } from "../../src/policy-files/read-policy-files.ts";
import { people } from "../support/requests.ts";
import { requestType } from "../support/use-cases.ts";
import { functionsIn } from "./invocable.ts";
import { MemoryTables } from "./memory-tables.ts";
import { SimulatedMemberships, SimulatedTicket } from "./simulated-ticket.ts";

test("an approver who answers while being reminded is not asked again", async () => {
  const files = readPolicyFiles("policy");
  if ("problems" in files) throw new Error("the example files are wrong");
  const clock = { now: () => 1_800_000_000_000, sleep: async () => {} };
  const ticket = new SimulatedTicket("7", "10201", clock.now, { changed: () => {}, asked: () => {} });
  const answered: string[] = [];
  const after: Record<string, () => void> = {};
  const step = async <Answer>(label: string, effect: () => Answer): Promise<Awaited<Answer>> => {
    const answer = await effect();
    after[label]?.();
    return answer;
  };
  const functions = functionsIn({
    step,
    clock,
    ticket,
    database: new MemoryTables().client(step),
    entries: entriesOf(files.catalog),
    memberships: new SimulatedMemberships(() => ({ at: 0, wasApproved: true })),
    workflow: {
      start: async () => true,
      succeed: async (_, { outcome }) => answered.push(outcome) > 0,
    },
    ring: () => {},
  });
  const doorbell = { schemaVersion: 1, source: "jira", issueId: "7", at: clock.now() } as const;
  const asking = { requestId: "7-1", token: "token", undo: false, error: "", cause: "" };
  await functions["reconcile-issue"](doorbell);
  await functions["check-request"]({ ...asking, reminders: 0 });
  await functions["ask-for-approval"]({ ...asking, reminders: 0 });
  expect(ticket.statusId).toBe(requestType.statuses.waiting[0]);

  after["read the approvals"] = () => {
    const [asked] = ticket.records;
    if (asked?.finalDecision === "pending") ticket.decide(asked, "approved");
  };
  await functions["ask-for-approval"]({ ...asking, reminders: 1 });
  expect(ticket.records.map(({ finalDecision }) => finalDecision)).toEqual(["approved"]);
  expect(ticket.statusId).toBe(requestType.statuses.approved);

  await functions["reconcile-issue"]({ ...doorbell, actor: people.manager });
  expect(answered).toEqual(["approved"]);
});
