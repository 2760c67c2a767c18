import { type SFNClient, TestStateCommand } from "@aws-sdk/client-sfn";
import { figure } from "../../proof/figure.ts";
import type { Case } from "./cases.ts";
import { differences, requestOf } from "./request.ts";

/** Asks AWS about every case, two at a time, and prints each that differs. True when none does. */
export async function askAws(client: SFNClient, cases: readonly Case[], roleArn?: string): Promise<boolean> {
  const queue = cases.values();
  const stateOf = ({ machine, state }: Case) => `${machine}: ${state}`;
  const differing = new Set<string>();
  const takeTurns = async () => {
    for (const one of queue) {
      const found = await differencesAtAws(client, one, roleArn);
      if (found.length === 0) continue;
      differing.add(stateOf(one));
      console.log(`${stateOf(one)} ${one.way}${nameOf(one)}: ${found.join("; ")}`);
    }
  };
  await Promise.all([takeTurns(), takeTurns()]);
  const all = new Set(cases.map(stateOf)).size;
  const alike = `${all - differing.size} of ${all} alike, in ${cases.length} cases`;
  figure("states that AWS itself was asked about", alike);
  return differing.size === 0;
}

const nameOf = ({ error }: Case) => (error === undefined ? "" : ` (${error})`);

/** A request that AWS refuses is a difference too: our engine runs it. Anything else that goes wrong ends the command. */
async function differencesAtAws(client: SFNClient, one: Case, roleArn?: string): Promise<string[]> {
  try {
    return differences(one, await client.send(new TestStateCommand(requestOf(one, roleArn))));
  } catch (error) {
    if (error instanceof Error && refusals.has(error.name))
      return [`refused: ${error.name}: ${error.message}`];
    throw error;
  }
}

const refusals = new Set(["InvalidArn", "InvalidDefinition", "InvalidExecutionInput", "ValidationException"]);
