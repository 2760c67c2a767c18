import { expect, test } from "vitest";
import { figure } from "../../proof/figure.ts";
import { playWithBadAnswers } from "./playing.ts";

test("every kind of call is answered badly in every way, and nothing of it is kept", async () => {
  const { hits, given, possible, planted, searched } = await playWithBadAnswers(80);
  figure("canaries planted in answers", planted);
  figure("kinds of bad answers, of all calls and ways", `${given} of ${possible}`);
  figure("texts searched", searched);
  figure("found where they should not be", `${hits.length} (at most 0)`);
  expect(hits).toEqual([]);
  expect(given).toBeGreaterThan(possible / 2);
});
