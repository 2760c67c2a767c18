import { type SFNClient, TestStateCommand } from "@aws-sdk/client-sfn";
import { figure } from "../../proof/figure.ts";
import type { Case } from "./cases.ts";
import { differences, requestOf } from "./request.ts";

/** Asks AWS about every case, two at a time, and prints each that differs. True when none does. */
export async function askAws(client: SFNClient, cases: readonly Case[], roleArn?: string): Promise<boolean> {
  const queue = cases.values();
  let alike = 0;
  const takeTurns = async () => {
    for (const one of queue) {
      const found = await differencesAtAws(client, one, roleArn);
      if (found.length === 0) alike++;
      else console.log(`${one.machine}: ${one.state} ${one.way}${nameOf(one)}: ${found.join("; ")}`);
    }
  };
  await Promise.all([takeTurns(), takeTurns()]);
  figure("states that AWS itself was asked about", `${alike} of ${cases.length} alike`);
  return alike === cases.length;
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
