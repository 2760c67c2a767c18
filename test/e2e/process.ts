import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { durationOptions } from "../../local/world/jira/form.ts";
import { personOf } from "../support/company-story.ts";

/** Where to leave what has to be done when a test is over; a concurrent test has one of its own. */
type OnFinished = (done: () => void) => void;

/** A folder for one test. */
export function temporaryFolder(onFinished: OnFinished = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-e2e-"));
  onFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Running = {
  child: ChildProcess;
  /** What the ready file says. */
  ready: Record<string, string>;
  /** What was printed until now. */
  output(): string;
  isAlive(): boolean;
  end(signal: NodeJS.Signals): Promise<number | null>;
};

/** Starts one of the project's programs and waits until it says that it is ready. */
export async function start(
  program: string,
  args: string[],
  onFinished: OnFinished = onTestFinished,
  command = process.execPath,
): Promise<Running> {
  const readyFile = join(temporaryFolder(onFinished), "ready.json");
  const child = spawn(command, [program, ...args, "--ready-file", readyFile], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (output += chunk));
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals) => {
    if (isAlive()) {
      child.kill(signal);
      await once(child, "exit");
    }
    return child.exitCode;
  };
  onFinished(() => {
    void end("SIGKILL");
    // What the template's roles do not allow the runtime refuses, and prints.
    expect(output).not.toContain("is not authorized to perform");
  });
  await until("the program is ready", () => {
    if (child.exitCode !== null) throw new Error(`${program} ended:\n${output}`);
    return existsSync(readyFile) ? true : undefined;
  });
  return { child, ready: JSON.parse(readFileSync(readyFile, "utf8")), output: () => output, isAlive, end };
}

export type Ended = { code: number | null; out: string; err: string };

/** Runs a program to its end. */
export async function run(program: string, args: string[], command = process.execPath): Promise<Ended> {
  const child = spawn(command, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  await once(child, "close");
  return { code: child.exitCode, out, err };
}

/** Looks again and again, as fast as the other process allows, until there is something to see. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined> | Value | undefined,
): Promise<Value> {
  for (let tries = 0; tries < 20_000; tries++) {
    const value = await look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`it never came true that ${what}`);
}

/** People at a Jira, over HTTP. Calls to a site that is down for a moment are tried again. */
export function atJira(url: string) {
  const call = async (login: string, method: string, path: string, body?: object) => {
    const authorization = `Basic ${Buffer.from(`${personOf(login).email}:any`).toString("base64")}`;
    const answer = await fetch(url + path, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  return {
    call,
    async raise(
      login: string,
      [parent, child]: [string, string],
      duration: string,
    ): Promise<{ key: string; id: string }> {
      const { status, body } = await call(login, "POST", "/rest/servicedeskapi/request", {
        serviceDeskId: "1",
        requestTypeId: "25",
        requestFieldValues: {
          [fieldIds.summary]: "Access, please",
          [fieldIds.application]: { id: parent, child: { id: child } },
          [fieldIds.duration]: { id: durationOptions[duration] },
          [fieldIds.reason]: "For my work",
        },
      });
      if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
      return { key: body.issueKey, id: body.issueId };
    },
    async pendingApproval(login: string, key: string): Promise<string | undefined> {
      const { body } = await call(login, "GET", `/rest/servicedeskapi/request/${key}/approval`);
      return body?.values?.findLast((one: { finalDecision: string }) => one.finalDecision === "pending")?.id;
    },
    async status(key: string): Promise<string> {
      return (await call("nadia.rahman", "GET", `/rest/api/3/issue/${key}?fields=status`)).body.fields.status
        .name;
    },
    async comments(key: string): Promise<string[]> {
      const { body } = await call(
        "nadia.rahman",
        "GET",
        `/rest/servicedeskapi/request/${key}/comment?limit=50`,
      );
      return body.values.map((one: { body: string }) => one.body);
    },
  };
}
