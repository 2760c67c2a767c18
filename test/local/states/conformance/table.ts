import { branches } from "./branches.ts";
import { callbacks } from "./callbacks.ts";
import { executions } from "./executions.ts";
import { expressions } from "./expressions.ts";
import { failures } from "./failures.ts";
import { flow } from "./flow.ts";
import { history } from "./history.ts";
import { refusals } from "./refusals.ts";
import type { Row } from "./row.ts";

/** What AWS's documents and the Amazon States Language say, by subject. */
export const table: Record<string, Row[]> = {
  Expressions: expressions,
  "States and variables": flow,
  "Parallel and Map": branches,
  "Retry, Catch and timeouts": failures,
  "Callbacks and heartbeats": callbacks,
  Executions: executions,
  History: history,
  "What is refused": refusals,
};

export const rows: Row[] = Object.values(table).flat();
