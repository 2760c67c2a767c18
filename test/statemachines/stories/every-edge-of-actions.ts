import { afterAll, describe, expect, test } from "vitest";
import {
  day,
  hour,
  minute,
  openStory,
  personOf,
  policyWith,
  type Story,
  walkedEdges,
} from "../../support/company-story.ts";
import { edgesOf } from "../../support/graphs.ts";
import { describeTaskFailures, told, type Walk, wait } from "../task-failures.ts";

/** Walks every way out of every state of the directory-action machine that no other story of actions has walked. */

const ask = (story: Story) => story.ask("alice.moreau", "27");
const oskar = { accountId: personOf("oskar.weiss").accountId };
const decide = (decision: "approve" | "decline") => async (story: Story) => {
  await story.edit("alice.moreau", { account_locked: true });
  const issue = await ask(story);
  await wait(story, 2 * minute);
  await story.decide("oskar.weiss", issue.key, decision);
  await wait(story, hour);
  return issue;
};
const approve = decide("approve");
const decline = decide("decline");
const cancel = async (story: Story) => {
  const issue = await ask(story);
  await story.press("alice.moreau", issue.key, "cancelRequest");
  await wait(story, hour);
  return issue;
};
const expire = async (story: Story) => {
  const issue = await ask(story);
  await story.pass(7 * day);
  await wait(story, hour);
  return issue;
};
const refuse = async (story: Story) => {
  await story.callJumpCloud("DELETE", `/api/systemusers/${personOf("alice.moreau").jumpcloudId}`);
  const issue = await ask(story);
  await wait(story, hour);
  return issue;
};

const walks: Record<string, Walk> = {
  "Check the request": { function: "check-actions", story: approve, ends: "done" },
  "Ask for approval": { function: "ask-for-approval", story: approve, ends: "done" },
  "Report what was done": { function: "report-actions", story: approve, ends: "done" },
  "Explain refusal": { function: "close-actions", when: told("refused"), story: refuse, ends: "refused" },
  "Close as declined": {
    function: "close-actions",
    when: told("declined"),
    story: decline,
    ends: "declined",
  },
  "Close as expired": {
    function: "close-actions",
    when: told("expired"),
    story: expire,
    ends: "expired",
    // What waited for a decision asks for it again.
    endsAfterRetry: "done",
  },
  "Close as withdrawn": {
    function: "close-actions",
    when: told("withdrawn"),
    story: cancel,
    ends: "withdrawn",
  },
};

describeTaskFailures({
  name: "directory-action",
  walks,
  callsJumpCloud: ["check-actions", "ask-for-approval"],
  stored: (story, id) => story.storedActions(id),
  approver: "oskar.weiss",
  takes: hour,
});

describe("what is done for one person", () => {
  const toDo = ({ error }: { error?: string }) => error === undefined;
  const noting = ({ error }: { error?: string }) => error !== undefined;
  const fail = (story: Story, error: string, times: number, when: typeof toDo, after = false) =>
    story.host.fail({
      function: "perform-actions",
      error,
      times,
      after,
      when: when as (payload: unknown) => boolean,
    });
  const failed = { status: "failed", failure: { error: "TypeError" } };

  test("is tried again when it fails for a while, and is done once", async () => {
    for (const after of [false, true]) {
      const story = await openStory();
      fail(story, "StorageUnavailableError", 2, toDo, after);
      const { id } = await approve(story);
      expect(await story.storedActions(id)).toMatchObject({ status: "done" });
      expect(story.events.filter(({ type }) => type === "user unlocked")).toHaveLength(1);
    }
  });

  test("is written down when it cannot be finished, and the next run finishes it", async () => {
    const story = await openStory();
    fail(story, "TypeError", 1, toDo);
    fail(story, "StorageUnavailableError", 2, noting);
    const { key, id } = await approve(story);
    expect(await story.storedActions(id)).toMatchObject(failed);
    await story.move("nadia.rahman", key, "tryAgain");
    await wait(story, hour);
    expect(await story.storedActions(id)).toMatchObject({ status: "done" });
  });

  test("calls an operator when not even that can be written down", async () => {
    const story = await openStory();
    fail(story, "TypeError", 1, toDo);
    fail(story, "TypeError", 1, noting);
    const { id } = await approve(story);
    expect(await story.storedActions(id)).toMatchObject(failed);
  });
});

describe("what happens beside the way of actions", () => {
  test("calling the operator may fail too; the run is red all the same", async () => {
    for (const error of ["StorageUnavailableError", "TypeError"]) {
      const story = await openStory();
      story.host.fail({ function: "check-actions", error: "TypeError", times: 1 });
      story.host.fail({ function: "call-operator", error, times: 1 });
      await ask(story);
      await wait(story, hour);
      expect(await story.executions("directory-action")).toMatchObject([{ status: "FAILED" }]);
    }
  });

  test("what is decided while the run is on its way to wait for it is found when it comes", async () => {
    const change = (story: Story, key: string) =>
      story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, { fields: { reporter: oskar } });
    const ways: [string, (story: Story, key: string) => Promise<unknown>][] = [
      ["done", (story, key) => story.decideOnly("oskar.weiss", key, "approve")],
      ["asked", (story, key) => story.decideOnly("oskar.weiss", key, "approve")],
      ["declined", (story, key) => story.decideOnly("oskar.weiss", key, "decline")],
      ["withdrawn", (story, key) => story.pressOnly("alice.moreau", key, "cancelRequest")],
      ["refused", change],
    ];
    for (const [status, happening] of ways) {
      const policy = policyWith(({ policy: { actions } }) => {
        const rule = actions?.rules.find(({ id }) => id === "unlock");
        if (rule && status === "asked") rule.approval = "manager";
      });
      const story = await openStory({ policy });
      const { key, id } = await story.askOnly("alice.moreau", "27");
      await story.duringAsk(() => happening(story, key));
      await wait(story, 5 * minute);
      expect(await story.storedActions(id), status).toMatchObject({ status });
    }
  });

  test("a ticket that is closed before anybody has looked at it is left alone", async () => {
    const story = await openStory();
    const { key, id } = await story.askOnly("alice.moreau", "27");
    story.host.before("check-actions", () => story.pressOnly("alice.moreau", key, "cancelRequest"));
    await story.settle();
    await wait(story, minute);
    expect(await story.storedActions(id)).toMatchObject({ status: "withdrawn" });
  });

  test("a decision at the very moment of expiry is a decision", async () => {
    const story = await openStory();
    const { key, id } = await ask(story);
    await story.pass(day);
    await story.pass(2 * day);
    story.host.before("close-actions", () => story.decideOnly("oskar.weiss", key, "approve"));
    story.host.fail({ function: "close-actions", error: "BusyError", times: 1 });
    await story.pass(4 * day);
    await wait(story, 10 * minute);
    expect(await story.storedActions(id)).toMatchObject({ status: "done" });
  });

  test("what was written down before the run stopped is not decided again by the next run", async () => {
    for (const [outcome, story] of Object.entries({
      declined: decline,
      expired: expire,
      withdrawn: cancel,
      refused: refuse,
    })) {
      const opened = await openStory();
      const when = told(outcome) as (payload: unknown) => boolean;
      opened.host.fail({ function: "close-actions", error: "TypeError", times: 1, after: true, when });
      const { key, id } = await story(opened);
      expect(await opened.storedActions(id)).toMatchObject({ status: "failed", before: { status: outcome } });
      await opened.move("nadia.rahman", key, "tryAgain");
      await wait(opened, hour);
      expect(await opened.storedActions(id)).toMatchObject({ status: outcome });
    }
  });

  test("what was done before the run stopped is only told by the next run", async () => {
    const story = await openStory();
    story.host.fail({ function: "report-actions", error: "TypeError", times: 1, after: true });
    const { key, id } = await approve(story);
    expect(await story.storedActions(id)).toMatchObject({ status: "failed", before: { status: "done" } });
    await story.move("nadia.rahman", key, "tryAgain");
    await wait(story, hour);
    expect(await story.storedActions(id)).toMatchObject({ status: "done" });
    expect(story.events.filter(({ type }) => type === "user unlocked")).toHaveLength(1);
  });
});

afterAll(() => {
  const missed = edgesOf("directory-action").filter((edge) => !walkedEdges.has(edge));
  if (missed.length > 0) throw new Error(`no story walks:\n${missed.join("\n")}`);
});
