import * as v from "valibot";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { writeTrouble } from "../src/lambda/metrics.ts";
import { raiseSyntheticRequest } from "../src/requests/raise-synthetic-request.ts";
import { wireJira, wireServiceDesk } from "../src/wiring/jira.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "raise-synthetic-request",
  event: v.object({}),
  wire: (platform) => {
    const environment = v.parse(environments["raise-synthetic-request"], platform.environment);
    const { policy } = wireTables(environment, platform);
    const jira = wireJira(environment, platform, policy);
    const serviceDesk = wireServiceDesk(environment, platform);
    return async () => {
      const { late, ...done } = await raiseSyntheticRequest({ policy, jira, serviceDesk });
      writeTrouble(platform, environment.SERVICE, { late });
      return done;
    };
  },
  logged: (_, result) => result ?? {},
});
