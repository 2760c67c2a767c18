import * as v from "valibot";
import { anchorAudit } from "../src/audit/anchor-audit.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { writeMetrics } from "../src/lambda/metrics.ts";
import { wireAnchors } from "../src/wiring/anchors.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "anchor-audit",
  event: v.object({}),
  wire: (platform) => {
    const environment = v.parse(environments["anchor-audit"], platform.environment);
    const tables = wireTables(environment, platform);
    const kept = wireAnchors(environment.ANCHOR_BUCKET, platform, tables);
    return async () => {
      const { anchored, hoursSinceAnchor } = await anchorAudit({ clock: platform.clock, ...kept });
      writeMetrics(platform, environment.SERVICE, { hoursSinceAnchor });
      return { anchored };
    };
  },
  logged: (_, result) => (result ? { did: `anchored ${result.anchored} days` } : {}),
});
