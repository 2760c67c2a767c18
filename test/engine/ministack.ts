import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** MiniStack, an emulator of AWS that shares nothing with the local runtime: installed by pip as pinned, started, ended. */

const root = join(import.meta.dirname, "../..");
const requirements = join(import.meta.dirname, "requirements.txt");
const environment = join(root, ".latchkey/ministack");
const python = join(environment, "bin/python");
/** MiniStack, started with what it has not. */
const program = join(import.meta.dirname, "extended.py");
const installed = join(environment, "installed");

/** pip cannot have it here; the message is its last words. */
export class NotInstallable extends Error {
  override readonly name = "NotInstallable";
}

/** Installs what `requirements.txt` pins into a folder of its own, once. @throws NotInstallable */
export function install(): void {
  const pinned = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  if (existsSync(python) && existsSync(installed) && readFileSync(installed, "utf8") === pinned) return;
  run("python3", ["-m", "venv", "--clear", environment]);
  run(python, [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--retries",
    "1",
    "--timeout",
    "20",
    "--require-hashes",
    "--only-binary",
    ":all:",
    "-r",
    requirements,
  ]);
  writeFileSync(installed, pinned);
}

function run(command: string, args: string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: 5 * 60_000 });
  if (status === 0) return;
  const why = error?.message ?? (stderr.trim().split("\n").slice(-3).join("\n") || `ended with ${status}`);
  throw new NotInstallable(`${command} ${args.slice(0, 3).join(" ")}: ${why}`);
}

export type MiniStack = { url: string; log: string; stop(): Promise<void> };

/** Who deploys and operates. */
export const operator = { accessKeyId: "operator", secretAccessKey: "operator" };
export const place = { region: "eu-west-1", account: "000000000000" };

/**
 * Starts it on the loopback interface. Functions run as processes of the Node.js that runs this, and inherit MiniStack's whole
 * environment: so it gets a clean one.
 *
 * @param options.functions further environment of the functions
 */
export async function startMiniStack(options: {
  folder: string;
  functions: Record<string, string>;
}): Promise<MiniStack> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  mkdirSync(options.folder, { recursive: true });
  const log = join(options.folder, "ministack.log");
  const output = openSync(log, "w");
  const child = spawn(python, [program], {
    detached: true,
    stdio: ["ignore", output, output],
    env: {
      HOME: options.folder,
      TMPDIR: options.folder,
      PATH: [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: "127.0.0.1",
      MINISTACK_REGION: place.region,
      MINISTACK_ACCOUNT_ID: place.account,
      AUTH: "true",
      // MQTT would listen on every interface.
      IOT_MTLS_ENABLED: "0",
      AWS_ACCESS_KEY_ID: operator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
      ...options.functions,
    },
  });
  closeSync(output);
  const stop = () => end(child);
  try {
    await healthy(url, child);
  } catch (error) {
    await stop();
    throw new Error(`MiniStack did not start: ${readFileSync(log, "utf8").slice(-2_000)}`, { cause: error });
  }
  return { url, log, stop };
}

async function healthy(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(100);
  }
  throw new Error("it does not answer");
}

/** Ends it with its functions, which are in its process group. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  process.kill(-child.pid, "SIGTERM");
  await Promise.race([ended, wait(5_000, undefined, { ref: false })]);
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
  }
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port is free");
  return address.port;
}
