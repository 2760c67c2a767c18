import { describe, expect, test } from "vitest";
import { askForMoreTime } from "../../../src/requests/ask-for-more-time.ts";
import type { StatusChange } from "../../../src/requests/issue.ts";
import type { Request } from "../../../src/requests/request.ts";
import { people, request } from "../../support/requests.ts";
import { issue, openStore, requester, requestType } from "../../support/use-cases.ts";

const extending = "10110";
const held = request("granted");

type Asked = { newest?: Request; author?: StatusChange["author"] | undefined; id?: string };

async function ask(asked: Asked = {}) {
  const { newest, author, id }: Required<Asked> = { newest: held, author: requester, id: "77", ...asked };
  const opened: Request[] = [];
  const moves: string[] = [];
  const store = openStore(held);
  const change = { id, at: 9, author, from: requestType.statuses.granted, to: extending };
  const done = await askForMoreTime(
    {
      ...store,
      clock: { now: () => 1_000, sleep: async () => {} },
      requests: {
        ...store.requests,
        create: async (created) => {
          opened.push(created);
          return created;
        },
      },
      workflow: { start: async () => true },
      jira: {
        issue: async () => undefined,
        transition: async (_, transition) => void moves.push(transition),
        comment: async () => {},
        hasSaid: async () => false,
        statusChanges: async () => [change, { ...change, id: "1", at: 2, to: requestType.statuses.open }],
      },
    },
    held,
    {
      newest,
      issue: issue({
        statusId: extending,
        transitions: [{ id: "42", to: requestType.statuses.granted }],
      }),
      requestType,
      source: "jira",
    },
  );
  return { done, opened, moves };
}

describe("a ticket that is moved to ask for more time", () => {
  test("gets another request, which says whose access it continues and who asked", async () => {
    const { opened } = await ask();
    expect(opened).toMatchObject([
      {
        status: "requested",
        requestId: "10012-2",
        extends: { requestId: "10012-1", by: people.requester, change: "77" },
      },
    ]);
  });

  test("gets one for each time that it is moved, however late Jira shows that it was moved back", async () => {
    const before = { requestId: "10012-1", by: people.requester, change: "77" };
    const newest = request("declined", { requestId: "10012-2", generation: 2, extends: before });
    expect((await ask({ newest })).opened).toEqual([]);
    expect((await ask({ newest, id: "78" })).opened).toMatchObject([{ requestId: "10012-3" }]);
  });

  test("gets none while the last one is not decided, or waits for an operator", async () => {
    for (const status of ["requested", "asked", "approved", "failed"] as const) {
      const newest = request(status, { requestId: "10012-2", generation: 2 });
      expect(await ask({ newest, id: "78" })).toMatchObject({ opened: [], moves: [] });
    }
  });

  test("goes back when it was not the holder who moved it, or nobody knows who", async () => {
    for (const author of [{ ...requester, accountId: people.manager }, undefined])
      expect(await ask({ author })).toMatchObject({ opened: [], moves: ["42"] });
  });
});
