import * as v from "valibot";
import { replayable } from "../src/requests/replayable.ts";
import { Simulated } from "../src/requests/simulate-request.ts";
import type { Connection } from "./connection.ts";
import { readFiles } from "./policy-commands.ts";
import { type Output, print } from "./print.ts";
import { proposedIn } from "./simulate-command.ts";

export type ReplayOptions = { policy: string; last: number };

type Outcome = Pick<Simulated, "outcome" | "approval" | "why">;
type Changed = { key: string; title: string; inForce: Outcome; proposed: Outcome };

/**
 * Runs past requests through the policy in force and through the files, both with what Jira and JumpCloud say today, and prints
 * where the outcomes differ. Nothing is written.
 */
export async function replay(
  connection: Connection,
  { policy: folder, last }: ReplayOptions,
  output: Output,
): Promise<void> {
  const files = readFiles(folder);
  const requests = await replayable(connection.allRequests, files.site, last);
  const simulate = async (simulation: object): Promise<Simulated> =>
    v.parse(Simulated, await connection.invoke("simulate-request", simulation));
  const changed: Changed[] = [];
  for (const [index, { key, title, simulation }] of requests.entries()) {
    output.progress?.(`${index + 1} of ${requests.length}: ${key}`);
    const inForce = await simulate(simulation);
    const proposed = await simulate({ ...simulation, proposed: proposedIn(files, simulation.entitlementId) });
    if (said(inForce) !== said(proposed))
      changed.push({ key, title, inForce: outcomeOf(inForce), proposed: outcomeOf(proposed) });
  }
  print(output, { replayed: requests.length, changed }, () => [
    ...changed.map(
      ({ key, title, inForce, proposed }) => `${key}  ${title}: ${said(inForce)} → ${said(proposed)}`,
    ),
    `${requests.length} requests were replayed; ${changed.length} of them would come out differently. Nothing was written.`,
  ]);
}

function outcomeOf({ outcome, approval, why }: Simulated): Outcome {
  return {
    outcome,
    ...(approval === undefined ? {} : { approval }),
    ...(why === undefined ? {} : { why }),
  };
}

function said({ outcome, approval, why }: Outcome): string {
  if (outcome === "needs approval") return `needs the approval “${approval ?? ""}”`;
  return why === undefined ? outcome : `${outcome} (${why})`;
}
