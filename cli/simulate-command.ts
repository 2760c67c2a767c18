import * as v from "valibot";
import { entriesOf } from "../src/catalog/catalog.ts";
import { entitlementsNeeded } from "../src/policy/decide.ts";
import type { PolicyFiles } from "../src/policy-files/read-policy-files.ts";
import { Simulated, type Simulation } from "../src/requests/simulate-request.ts";
import type { Connection } from "./connection.ts";
import { readFiles } from "./policy-commands.ts";
import { type Output, print } from "./print.ts";

export type SimulateOptions = {
  requester: string;
  for?: string;
  entitlement: string;
  duration?: string;
  incident?: string;
  policy?: string;
};

/** Runs a request through the policy in the stack, which has the keys, and prints what would come of it. */
export async function simulate(
  connection: Connection,
  options: SimulateOptions,
  output: Output,
): Promise<void> {
  const { requester, entitlement, duration, incident, policy: folder } = options;
  const simulation: Simulation = {
    requester,
    entitlementId: entitlement,
    ...(options.for === undefined ? {} : { beneficiary: options.for }),
    ...(duration === undefined ? {} : { duration }),
    ...(incident === undefined ? {} : { incident }),
    ...(folder === undefined ? {} : { proposed: proposedIn(readFiles(folder), entitlement) }),
  };
  const simulated = v.parse(Simulated, await connection.invoke("simulate-request", simulation));
  print(output, simulated, describe);
}

/** The files, with as much of the catalog as the decision needs. */
export function proposedIn(
  { site, policy, catalog }: PolicyFiles,
  entitlementId: string,
): NonNullable<Simulation["proposed"]> {
  const entries = entriesOf(catalog);
  const entry = entries.find((one) => one.entitlementId === entitlementId);
  const needed = entry ? [entitlementId, ...entitlementsNeeded(policy, entry)] : [];
  return { site, policy, entries: entries.filter((one) => needed.includes(one.entitlementId)) };
}

function describe(simulated: Simulated): string[] {
  const { outcome, why, title, rule, policyVersion, trace, stages, calls } = simulated;
  return [
    `${title ?? "It"} ${outcome === "refused" ? "is refused" : outcome}${rule === undefined ? "" : ` (rule ${rule})`}${why === undefined ? "." : `: ${why}`}`,
    `By ${policyVersion === "proposed" ? "the policy files, which are not in force" : `policy version ${policyVersion}`}:`,
    ...trace.map(
      ({ check, result, detail }) =>
        `  ${result.padEnd(7)}  ${check}${detail === undefined ? "" : `: ${detail}`}`,
    ),
    ...stages.flatMap(({ source, approvers, needed, skipped }, index) => [
      `Stage ${index + 1} asks ${approvers.join(", ") || "nobody"} (${source}); ${needed} of them must say yes.`,
      ...skipped.map((other) => `  not ${other.source}: it ${other.why}`),
    ]),
    "Nothing was written. It would be:",
    ...calls.map((call) => `  ${call}`),
  ];
}
