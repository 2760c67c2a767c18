import { type Assembly, readAssembly } from "../../local/assembly.ts";
import { assemblyFolder } from "../support/assembly.ts";
import type { Story } from "../support/company-story.ts";
import { type Graph, graphOf } from "../support/graphs.ts";
import { paths as files, text } from "../support/source-files.ts";

/** Earlier versions, as they were recorded: their definitions, and what their runs did. */

/** An event of GetExecutionHistory, as far as it is looked at. */
export type HistoryEvent = {
  id: number;
  type: string;
  stateEnteredEventDetails?: { name: string };
  taskScheduledEventDetails?: { parameters: string };
  taskFailedEventDetails?: { error: string };
} & Record<string, unknown>;

export type Recorded = {
  version: string;
  graphs: Graph[];
  histories: Record<string, HistoryEvent[]>;
};

const folder = "test/fixtures/versions";

export const recorded: Recorded[] = files(`${folder}/*/histories.json`).map((file) => {
  const version = file.split("/").at(-2) ?? "";
  return {
    version,
    graphs: files(`${folder}/${version}/*.asl.json`).map(graphOf),
    histories: JSON.parse(text(file)),
  };
});

/** The stack as it is, with other definitions: what a run that began on them meets. */
export function withDefinitions(definitions: Pick<Graph, "name" | "definition">[]): Assembly {
  const assembly = readAssembly(assemblyFolder);
  const { Resources } = assembly.template as {
    Resources: Record<string, { Properties: Record<string, unknown> }>;
  };
  for (const { name, definition } of definitions) {
    const machine = Object.values(Resources).find(
      ({ Properties }) => Properties?.StateMachineName === `${assembly.stackName}-${name}`,
    );
    if (!machine) throw new Error(`the stack has no state machine ${name}`);
    machine.Properties.DefinitionString = definition;
  }
  return assembly;
}

export const arnOfRun = (story: Story, machine: string, name: string) =>
  `${story.runtime.resources.stateMachineArn(`latchkey-local-${machine}`).replace(":stateMachine:", ":execution:")}:${name}`;

export async function historyOf(story: Story, executionArn: string): Promise<HistoryEvent[]> {
  const answer = await story.states.handle("GetExecutionHistory", { executionArn, maxResults: 1000 });
  return (answer as { events: HistoryEvent[] }).events;
}

/** What a history tells: the states, one after the other, what functions are given in each, and what fails. */
export function outlineOf(events: HistoryEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.stateEnteredEventDetails) return [event.stateEnteredEventDetails.name];
    if (event.taskScheduledEventDetails) {
      const { name, payload } = taskIn(event.taskScheduledEventDetails);
      return [`  ${name}(${Object.keys(payload).sort().join(", ")})`];
    }
    if (event.taskFailedEventDetails) return [`  failed: ${event.taskFailedEventDetails.error}`];
    return [];
  });
}

/** The function that is called, and with what. */
export function taskIn({ parameters }: { parameters: string }): { name: string; payload: object } {
  const { FunctionName, Payload } = JSON.parse(parameters) as { FunctionName: string; Payload: object };
  return { name: FunctionName.replace(/^.*:function:latchkey-local-|:live$/g, ""), payload: Payload };
}
