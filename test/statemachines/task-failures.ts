import { describe, expect, test } from "vitest";
import { minute, openStory, type Story } from "../support/company-story.ts";

/** How to come to a state of a machine, so that its task can fail there. */
export type Walk = {
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

type Machine = {
  name: "access-request" | "directory-action";
  walks: Record<string, Walk>;
  /** The functions that wait for their turn at JumpCloud, all together. */
  callsJumpCloud: string[];
  stored(story: Story, id: string): Promise<{ status: string }>;
  /** Who says yes, and how long it takes until everything is behind. */
  approver: string;
  takes: number;
};

/** Payloads with that outcome. */
export const told = (outcome: string) => (payload: { outcome?: string }) => payload.outcome === outcome;

/** Lets time pass minute by minute, so that whatever is due in between happens in its order. */
export async function wait(story: Story, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += minute) await story.pass(minute);
}

/** Lets the task of each state fail in every way that the machine has to survive. */
export function describeTaskFailures({
  name,
  walks,
  callsJumpCloud,
  stored,
  approver,
  takes,
}: Machine): void {
  const fail = (story: Story, walk: Walk, error: string, times: number, after = false) => {
    const when = walk.when as ((payload: unknown) => boolean) | undefined;
    story.host.fail({ function: walk.function, error, times, after, ...(when ? { when } : {}) });
  };

  describe(`a state of ${name} whose task fails`, () => {
    const tasks = Object.entries(walks);

    test.each(tasks)("%s: passes when the failure does", async (_, walk) => {
      const story = await openStory();
      fail(story, walk, "StorageUnavailableError", 2);
      if (callsJumpCloud.includes(walk.function)) fail(story, walk, "TooManyCallsError", 1);
      const { id } = await walk.story(story);
      expect(await stored(story, id)).toMatchObject({ status: walk.ends });
    });

    test.each(tasks)("%s: does its work once, when only its answers are lost", async (_, walk) => {
      const story = await openStory();
      fail(story, walk, "Lambda.Unknown", 2, true);
      const { id, key } = await walk.story(story);
      expect(await stored(story, id)).toMatchObject({ status: walk.ends });
      const actions = (await story.trail(id)).map((entry) => entry.id);
      expect(new Set(actions).size).toBe(actions.length);
      const comments = (await story.comments(key)).map((one) => one.text);
      expect(new Set(comments).size).toBe(comments.length);
    });

    test.each(tasks)(
      "%s: a failure that nobody foresaw calls an operator, and the next run finishes it",
      async (_, walk) => {
        const story = await openStory();
        fail(story, walk, "TypeError", 1);
        const { key, id } = await walk.story(story);
        expect(await stored(story, id)).toMatchObject({ status: "failed", failure: { error: "TypeError" } });
        expect((await story.comments(key)).some((one) => !one.public && one.text.includes("Next: "))).toBe(
          true,
        );
        expect(await story.statusOf(key)).toBe("needsAttention");
        expect((await story.executions(name)).at(-1)?.status).toBe("FAILED");

        await story.move("nadia.rahman", key, "tryAgain");
        await wait(story, takes);
        if ((await stored(story, id)).status === "asked") await story.decide(approver, key, "approve");
        await wait(story, takes);
        expect(await stored(story, id)).toMatchObject({ status: walk.endsAfterRetry ?? walk.ends });
        expect((await story.executions(name)).at(-1)?.status).toBe("SUCCEEDED");
      },
    );
  });
}
