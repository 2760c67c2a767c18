import { createServer } from "node:net";
import { formatProblem, type PolicyFiles, readPolicyFiles } from "../src/policy-files/read-policy-files.ts";

/** The program cannot start; the message says why to whoever started it. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** Runs what starts a program. When it cannot start, it says why and ends with 1: without a stack trace, unless it is a bug. */
export async function startProgram(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  }
}

/** Ends the program with 0 after `end`, when a signal says so or when npm, which started it, is gone. */
export function endWhenTold(end: () => Promise<void>): void {
  const endAll = () => void end().then(() => process.exit(0));
  process.once("SIGINT", endAll);
  process.once("SIGTERM", endAll);
  if (process.env.npm_lifecycle_event === undefined) return;
  // A signal for npm reaches the shell of npm's script, and not what the shell runs: that is left behind by it.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    endAll();
  }, 250);
}

function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  if (!(error instanceof Error)) return String(error);
  // What the operating system refuses, such as a folder that cannot be written.
  if ("syscall" in error) return error.message;
  return error.stack ?? error.message;
}

/** @throws StartError with one line for each problem */
export function readPolicy(folder: string): PolicyFiles {
  const files = readPolicyFiles(folder);
  if (!("problems" in files)) return files;
  throw new StartError(`${files.problems.map(formatProblem).join("\n")}\nNothing was started.`);
}

/**
 * Looks whether the ports are free, before the work of many seconds that would be in vain.
 *
 * @param ports by what they are for; 0 is always free
 * @param advice how to choose others
 * @throws StartError
 */
export async function demandFreePorts(ports: Record<string, number>, advice: string): Promise<void> {
  for (const [purpose, port] of Object.entries(ports)) {
    const code = await tryPort(port);
    if (code === "EADDRINUSE")
      throw new StartError(
        `Port ${port}, for ${purpose}, is in use. Is Latchkey running already? Else choose others with ${advice}.`,
      );
    if (code !== undefined)
      throw new StartError(
        `Port ${port}, for ${purpose}, cannot be used (${code}). Choose others with ${advice}.`,
      );
  }
}

/** The port if it is free, else 0, which picks one. */
export async function ifFree(port: number): Promise<number> {
  return (await tryPort(port)) === undefined ? port : 0;
}

/** The system's error code, if nobody can listen there. */
async function tryPort(port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    await new Promise((resolve) => server.close(resolve));
    return undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error) return String(error.code);
    throw error;
  }
}
