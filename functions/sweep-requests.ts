import * as v from "valibot";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { writeTrouble } from "../src/lambda/metrics.ts";
import type { Doorbell } from "../src/requests/doorbell.ts";
import { sweepRequests } from "../src/requests/sweep-requests.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireQueue } from "../src/wiring/queue.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "sweep-requests",
  event: v.object({}),
  wire: (platform) => {
    const environment = v.parse(environments["sweep-requests"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const ring = wireQueue(environment.QUEUE_URL, platform);
    const queue = {
      ring: (doorbell: Doorbell) => ring(doorbell, `sweep-${doorbell.issueId}-${doorbell.at}`),
    };
    return async () => {
      const swept = await sweepRequests({ ...tables, requests: tables.anyRequests, jira, queue });
      writeTrouble(platform, environment.SERVICE, swept);
      return swept;
    };
  },
  logged: (_, result) => (result ? { did: `rang: ${result.due} due, ${result.missed} missed` } : {}),
});
