import * as v from "valibot";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { compareEligibility, EligibilityChanges } from "../src/requests/compare-eligibility.ts";
import { Simulation, simulateRequest } from "../src/requests/simulate-request.ts";
import { wireJira } from "../src/wiring/jira.ts";
import { wireJumpCloud } from "../src/wiring/jumpcloud.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "simulate-request",
  event: v.union([EligibilityChanges, Simulation]),
  wire: (platform) => {
    const environment = v.parse(environments["simulate-request"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const directory = wireJumpCloud(environment, platform, tables, 5);
    return async (question) =>
      "eligibility" in question
        ? compareEligibility({ ...tables, directory }, question)
        : simulateRequest({ ...tables, jira, directory }, question);
  },
  logged: (_, result) => (result && "outcome" in result ? { did: `simulated: ${result.outcome}` } : {}),
});
