import * as v from "valibot";
import { checkKeys } from "../src/keys/check-keys.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { writeMetrics } from "../src/lambda/metrics.ts";
import { wireKeyVersions } from "../src/wiring/key-versions.ts";

export const { on, handler, event } = defineFunction({
  name: "check-keys",
  event: v.object({}),
  wire: (platform) => {
    const { SECRETS, SERVICE } = v.parse(environments["check-keys"], platform.environment);
    const report = (keyAgeDays: number) => writeMetrics(platform, SERVICE, { keyAgeDays });
    const deps = { clock: platform.clock, madeAt: wireKeyVersions(platform), report };
    return () => checkKeys(deps, SECRETS.split(" "));
  },
  logged: (_, days) => (days === undefined ? {} : { did: `the oldest key is ${Math.floor(days)} days old` }),
});
