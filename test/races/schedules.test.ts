import { expect, test } from "vitest";
import type { Flaws } from "./race.ts";
import { search } from "./schedules.ts";

/** The same search as in `schedules.proof.ts`, which plays more. */

test("no approval is lost and nothing is done twice, in whatever order things happen and whatever is killed", async () => {
  expect(await search(150, 1)).toBeUndefined();
}, 120_000);

test.each<[string, Flaws, string]>([
  [
    "an approval is lost where the token is read before the write",
    { tokenReadBefore: true },
    "LOST: approved",
  ],
  [
    "a ticket is lost where nobody looks for what no webhook told",
    { withoutSweeper: true },
    "LOST: the ticket",
  ],
  ["a run waits where nobody tells it what was decided", { silent: true }, "LOST: approved"],
])(
  "the search finds that %s",
  async (_, flaws, only) => {
    expect(await search(500, 1, { flaws, only })).toContain(only);
  },
  120_000,
);
