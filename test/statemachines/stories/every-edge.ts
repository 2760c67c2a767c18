import { afterAll, describe, expect, test } from "vitest";
import {
  day,
  hour,
  minute,
  openStory,
  option,
  type Story,
  walkedEdges,
} from "../../support/company-story.ts";
import { edgesOf } from "../../support/graphs.ts";

type Walk = {
  /** The function behind the state, and which of its invocations are the state's. */
  function: string;
  when?: (payload: { outcome?: string; undo?: boolean }) => boolean;
  /** What has to happen for the state to be entered, and what lets time pass after that. */
  story: (story: Story) => Promise<{ key: string; id: string }>;
  /** How the request stands in the end, if a failure of the state passes by. */
  ends: string;
  /** And if an operator had to try again, where that is something else. */
  endsAfterRetry?: string;
};

/** They wait for their turn, all together. */
const callsJumpCloud = (name: string) =>
  ["check-request", "ask-for-approval", "provision-access", "revoke-access"].includes(name);

const told = (outcome: string) => (payload: { outcome?: string }) => payload.outcome === outcome;
const ask = (story: Story) => story.request("alice.moreau", option.awsDeveloper, { duration: "1 hour" });
const wait = async (story: Story, milliseconds: number) => {
  for (let passed = 0; passed < milliseconds; passed += minute) await story.pass(minute);
};
const approve = async (story: Story) => {
  const issue = await ask(story);
  await wait(story, 2 * minute);
  await story.decide("jonas.bergmann", issue.key, "approve");
  await wait(story, 3 * hour);
  return issue;
};
const decline = async (story: Story) => {
  const issue = await ask(story);
  await story.decide("jonas.bergmann", issue.key, "decline");
  await wait(story, hour);
  return issue;
};
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
  const issue = await story.request("elena.petrova", option.awsDeveloper, { duration: "1 hour" });
  await wait(story, hour);
  return issue;
};

const walks: Record<string, Walk> = {
  "Check the request": { function: "check-request", story: approve, ends: "ended" },
  "Ask for approval": { function: "ask-for-approval", story: approve, ends: "ended" },
  "Provision access": { function: "provision-access", story: approve, ends: "ended" },
  "Confirm access": { function: "close-request", when: told("granted"), story: approve, ends: "ended" },
  "Hold until access ends": { function: "hold-access", story: approve, ends: "ended" },
  "Revoke access": {
    function: "revoke-access",
    when: ({ undo }) => undo === false,
    story: approve,
    ends: "ended",
  },
  "Confirm removal": { function: "close-request", when: told("ended"), story: approve, ends: "ended" },
  "Explain refusal": { function: "close-request", when: told("refused"), story: refuse, ends: "refused" },
  "Close as declined": {
    function: "close-request",
    when: told("declined"),
    story: decline,
    ends: "declined",
  },
  "Close as expired": {
    function: "close-request",
    when: told("expired"),
    story: expire,
    ends: "expired",
    // What waited for a decision asks for it again.
    endsAfterRetry: "ended",
  },
  "Close as withdrawn": {
    function: "close-request",
    when: told("withdrawn"),
    story: cancel,
    ends: "withdrawn",
  },
};

describe("a state whose task fails", () => {
  const tasks = Object.entries(walks);

  test.each(tasks)("%s: passes when the failure does", async (_, walk) => {
    const story = await openStory();
    const when = walk.when as ((payload: unknown) => boolean) | undefined;
    story.host.fail({
      function: walk.function,
      error: "StorageUnavailableError",
      times: 2,
      ...(when ? { when } : {}),
    });
    if (callsJumpCloud(walk.function))
      story.host.fail({
        function: walk.function,
        error: "TooManyCallsError",
        times: 1,
        ...(when ? { when } : {}),
      });
    const { id } = await walk.story(story);
    expect(await story.stored(id)).toMatchObject({ status: walk.ends });
  });

  test.each(tasks)("%s: does its work once, when only its answers are lost", async (_, walk) => {
    const story = await openStory();
    const when = walk.when as ((payload: unknown) => boolean) | undefined;
    story.host.fail({
      function: walk.function,
      error: "Lambda.Unknown",
      times: 2,
      after: true,
      ...(when ? { when } : {}),
    });
    const { id, key } = await walk.story(story);
    expect(await story.stored(id)).toMatchObject({ status: walk.ends });
    const actions = (await story.trail(id)).map((entry) => entry.id);
    expect(new Set(actions).size).toBe(actions.length);
    const comments = (await story.comments(key)).map((one) => one.text);
    expect(new Set(comments).size).toBe(comments.length);
  });

  test.each(tasks)(
    "%s: a failure that nobody foresaw calls an operator, and the next run finishes it",
    async (_, walk) => {
      const story = await openStory();
      const when = walk.when as ((payload: unknown) => boolean) | undefined;
      story.host.fail({ function: walk.function, error: "TypeError", times: 1, ...(when ? { when } : {}) });
      const { key, id } = await walk.story(story);
      expect(await story.stored(id)).toMatchObject({ status: "failed", failure: { error: "TypeError" } });
      expect((await story.comments(key)).some((one) => !one.public && one.text.includes("Next: "))).toBe(
        true,
      );
      expect(await story.statusOf(key)).toBe("needsAttention");
      expect((await story.executions()).at(-1)?.status).toBe("FAILED");

      await story.move("nadia.rahman", key, "tryAgain");
      await wait(story, 3 * hour);
      if ((await story.stored(id)).status === "asked") await story.decide("jonas.bergmann", key, "approve");
      await wait(story, 3 * hour);
      expect(await story.stored(id)).toMatchObject({ status: walk.endsAfterRetry ?? walk.ends });
      expect((await story.executions()).at(-1)?.status).toBe("SUCCEEDED");
    },
  );
});

describe("what happens beside the way", () => {
  test("taking an incomplete grant back may fail too; the operator is called all the same", async () => {
    for (const error of ["StorageUnavailableError", "TooManyCallsError", "TypeError"]) {
      const story = await openStory();
      const { key, id } = await ask(story);
      story.host.fail({ function: "provision-access", error: "TypeError", times: 1 });
      story.host.fail({ function: "revoke-access", error, times: 1 });
      await story.decide("jonas.bergmann", key, "approve");
      await wait(story, hour);
      expect(await story.stored(id)).toMatchObject({ status: "failed" });
    }
  });

  test("calling the operator may fail too; the run is red all the same", async () => {
    for (const error of ["StorageUnavailableError", "TypeError"]) {
      const story = await openStory();
      story.host.fail({ function: "check-request", error: "TypeError", times: 1 });
      story.host.fail({ function: "call-operator", error, times: 1 });
      await ask(story);
      await wait(story, hour);
      expect(await story.executions()).toMatchObject([{ status: "FAILED" }]);
    }
  });

  test("a decision at the very moment of expiry is a decision", async () => {
    const story = await openStory();
    const { key, id } = await ask(story);
    await story.pass(day);
    await story.pass(2 * day);
    story.host.before("close-request", () => story.decideOnly("jonas.bergmann", key, "approve"));
    story.host.fail({ function: "close-request", error: "BusyError", times: 1 });
    await story.pass(4 * day);
    await wait(story, 10 * minute);
    expect(await story.stored(id)).toMatchObject({ status: "granted" });
  });

  test("access that is ended before the run holds it is taken away at once", async () => {
    const story = await openStory();
    const { key, id } = await ask(story);
    story.host.before("hold-access", async () => {
      await story.pressOnly("alice.moreau", key, "endAccessNow");
      const { endEarly } = await import("../../../src/grants/end-early.ts");
      const granted = await story.stored(id);
      if (granted.status === "granted")
        await endEarly(
          { ...story.operator, clock: { ...story.operator.clock, now: () => story.clock.now() } },
          granted,
          { by: undefined, through: "operator" },
        );
    });
    await story.decide("jonas.bergmann", key, "approve");
    await wait(story, 5 * minute);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
    expect(story.host.invocations.map((one) => one.error)).toContain("AlreadyEndedError");
    expect(await story.statusOf(key)).toBe("ended");
  });

  test("what was written down before the run stopped is not decided again by the next run", async () => {
    for (const [outcome, story] of Object.entries({
      granted: approve,
      declined: decline,
      expired: expire,
      withdrawn: cancel,
      refused: refuse,
    })) {
      const opened = await openStory();
      const when = told(outcome) as (payload: unknown) => boolean;
      opened.host.fail({ function: "close-request", error: "TypeError", times: 1, after: true, when });
      const { key, id } = await story(opened);
      expect(await opened.stored(id)).toMatchObject({ status: "failed", before: { status: outcome } });
      if (outcome === "granted") continue;
      await opened.move("nadia.rahman", key, "tryAgain");
      await wait(opened, hour);
      expect(await opened.stored(id)).toMatchObject({ status: outcome });
    }
  });

  test("a run that stopped after the grant goes on with telling, and holds the access for what is left", async () => {
    const story = await openStory();
    const { key, id } = await ask(story);
    story.host.fail({ function: "close-request", error: "TypeError", times: 1 });
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.stored(id)).toMatchObject({ status: "failed", before: { status: "granted" } });
    await story.move("nadia.rahman", key, "tryAgain");
    expect(await story.statusOf(key)).toBe("granted");
    await wait(story, hour + 5 * minute);
    expect(await story.stored(id)).toMatchObject({ status: "ended" });
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
  });
});

afterAll(() => {
  const missed = edgesOf("access-request").filter((edge) => !walkedEdges.has(edge));
  if (missed.length > 0) throw new Error(`no story walks:\n${missed.join("\n")}`);
});
