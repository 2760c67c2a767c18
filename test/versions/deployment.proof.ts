import { expect, test } from "vitest";
import { figure } from "../../proof/figure.ts";
import { temporaryFolder } from "../local/runtime/fixture.ts";
import { deployWhileWaiting } from "./deployment.ts";

test("a hundred runs that wait while a new version is deployed end as they should", async () => {
  const { runs, waiting } = await deployWhileWaiting(100, temporaryFolder());
  expect(waiting).toHaveLength(90);
  figure("runs under way, deployed over, ended as they should", `${runs.length} of 100`);
});
