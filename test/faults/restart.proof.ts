import { test } from "vitest";
import { figure } from "../../proof/figure.ts";
import { restartWith } from "./restart.ts";

test("The stack goes down with a hundred runs waiting and comes up again: resumed, retried, and all of them end", async () => {
  await restartWith(100);
  figure("runs over a restart", "100 of 100 once");
});
