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
import { describeTaskFailures, told, type Walk, wait } from "../task-failures.ts";

const ask = (story: Story) => story.request("alice.moreau", option.awsDeveloper, { duration: "1 hour" });
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

describeTaskFailures({
  name: "access-request",
  walks,
  callsJumpCloud: ["check-request", "ask-for-approval", "provision-access", "revoke-access"],
  stored: (story, id) => story.stored(id),
  approver: "jonas.bergmann",
  takes: 3 * hour,
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
