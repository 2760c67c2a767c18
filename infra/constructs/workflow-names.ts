import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

/** Where the definitions of the state machines are. */
export const definitionsFolder = join(import.meta.dirname, "..", "..", "statemachines");

const ending = ".asl.json";

/** There is a state machine for each. */
export const workflowNames = readdirSync(definitionsFolder).flatMap((file) =>
  file.endsWith(ending) ? [basename(file, ending)] : [],
);
