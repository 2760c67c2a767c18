import { describe, expect, test } from "vitest";
import { actionTypeOf } from "../../../src/policy/applied.ts";
import type { Issue } from "../../../src/requests/issue.ts";
import { nextCheckAt } from "../../../src/requests/life.ts";
import type { AnyRequest } from "../../../src/requests/request.ts";
import { sweepRequests } from "../../../src/requests/sweep-requests.ts";
import { actionRequest, request } from "../../support/requests.ts";
import { issue, policy, requestType, site } from "../../support/use-cases.ts";

const minute = 60_000;
const now = 1_000 * minute;
const applied = { version: 3, site, policy };
const actionType = actionTypeOf(applied, actionRequest("requested"));
const { statuses } = requestType;

/** One sweep over the requests that are stored and the tickets that changed lately: for which tickets it rings. */
async function sweep(stored: AnyRequest[], changed: Issue[] = []) {
  const rung: (string | undefined)[] = [];
  const swept = await sweepRequests({
    clock: { now: () => now, sleep: async () => {} },
    policy: { current: async () => applied },
    requests: {
      async *due() {
        for (const one of stored) if ((nextCheckAt(one, one.updatedAt) ?? now + 1) <= now) yield one;
      },
      latest: async (issueId) => stored.findLast((one) => one.issueId === issueId),
    },
    jira: {
      async *changedIssues() {
        yield* changed;
      },
    },
    queue: { ring: async ({ issueId }) => void rung.push(issueId) },
  });
  return { rung, swept };
}

/** A ticket that asks for an action. */
function actionTicket(statusId: string): Issue {
  return issue(
    { statusId, updatedAt: now },
    { [actionType.fields.requestType]: { requestType: { id: actionType.id } } },
  );
}

const hourAgo = { updatedAt: now - 60 * minute };
const justNow = { updatedAt: now - minute };

describe("a sweep finds", () => {
  test.each<[string, AnyRequest[], Issue]>([
    ["a ticket that no webhook told of", [], issue({ statusId: statuses.open })],
    ["a ticket for an action that no webhook told of", [], actionTicket(actionType.statuses.open)],
    [
      "an approval that no webhook told of",
      [request("asked", justNow)],
      issue({ statusId: statuses.approved }),
    ],
    [
      "an approval of an action that no webhook told of",
      [actionRequest("asked", justNow)],
      actionTicket(actionType.statuses.approved),
    ],
    [
      "an approval that came after somebody had moved the ticket by hand and back",
      [request("blocked", justNow)],
      issue({ statusId: statuses.approved, updatedAt: now }),
    ],
    [
      "access that its holder has ended",
      [request("granted", { ...justNow, grant: { at: 1 }, told: ["granted"] })],
      issue({ statusId: statuses.ending ?? "" }),
    ],
  ])("%s", async (_, stored, ticket) => {
    const { rung, swept } = await sweep(stored, [ticket]);
    expect(rung).toEqual([ticket.id]);
    expect(swept).toMatchObject({ due: 0, missed: 1 });
  });

  const working = ["requested", "checked", "approved"] as const;
  test.each([
    ...working.map((status) => [`access that stands still, ${status}`, request(status, hourAgo)] as const),
    ...working.map(
      (status) => [`actions that stand still, ${status}`, actionRequest(status, hourAgo)] as const,
    ),
    ...(["asked", "blocked"] as const).flatMap((status) => [
      [`access that waits for people, ${status}`, request(status, hourAgo)] as const,
      [`actions that wait for people, ${status}`, actionRequest(status, hourAgo)] as const,
    ]),
    ["access that is being taken away and stands still", request("ending", hourAgo)] as const,
    ["a refusal that the ticket does not know of", request("refused", hourAgo)] as const,
    ["actions that are done, and the ticket does not know of it", actionRequest("done", hourAgo)] as const,
  ])("%s", async (_, stored) => {
    expect((await sweep([stored])).rung).toEqual([stored.issueId]);
    expect((await sweep([{ ...stored, ...justNow }])).rung).toEqual([]);
  });

  test("access whose end is overdue, and by how much", async () => {
    const overdue = request("granted", { grant: { at: 1, endsAt: now - 7 * minute }, told: ["granted"] });
    const { rung, swept } = await sweep([overdue]);
    expect(rung).toEqual([overdue.issueId]);
    expect(swept).toMatchObject({ due: 1, missed: 0, latenessSeconds: 420 });
  });
});

test("a sweep rings once for a ticket, and not for what is in order", async () => {
  const ticket = issue({ statusId: statuses.approved });
  expect((await sweep([request("asked", hourAgo)], [ticket, ticket])).rung).toEqual([ticket.id]);
  const waits = issue({ statusId: statuses.waiting[0] ?? "", updatedAt: now });
  expect((await sweep([request("asked", justNow)], [waits])).rung).toEqual([]);
  const moved = issue({ statusId: statuses.approved, updatedAt: justNow.updatedAt - 1 });
  expect((await sweep([request("blocked", justNow)], [moved])).rung).toEqual([]);
  const over = request("ended", { ...hourAgo, told: ["ended"] });
  expect((await sweep([over])).rung).toEqual([]);
});
