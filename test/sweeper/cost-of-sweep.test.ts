import { expect, test } from "vitest";
import { costOfSweep } from "./cost-of-sweep.ts";

test("a sweep costs as much as is due and has changed, however many requests are open", async () => {
  const few = await costOfSweep(10);
  expect(few).toMatchObject({ doorbells: 5, callsToJira: 1, itemsRead: 15 });
  expect(await costOfSweep(1_000)).toEqual(few);
}, 120_000);
