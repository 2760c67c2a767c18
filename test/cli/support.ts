import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { latchkey } from "../../cli/program.ts";

export type Said = {
  code: number;
  out: string;
  /** What was written to standard error. */
  err: string;
};

/** Runs the command as it would be typed. */
export async function type(...args: string[]): Promise<Said> {
  let out = "";
  let err = "";
  const code = await latchkey(args, {
    write: (text) => {
      out += text;
    },
    writeError: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

/** A folder for one test. */
export function temporaryFolder(onFinished: (done: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-cli-"));
  onFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with the example policy files, some text of them replaced. */
export function policyFolder(...changes: [file: string, text: string, replacement: string][]): string {
  const folder = temporaryFolder();
  cpSync("policy", folder, { recursive: true });
  for (const [file, text, replacement] of changes) {
    const before = readFileSync(join(folder, file), "utf8");
    expect(before).toContain(text);
    writeFileSync(join(folder, file), before.replace(text, replacement));
  }
  return folder;
}
