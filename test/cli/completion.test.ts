import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { type } from "./support.ts";

/** What bash offers when TAB is pressed after the words. */
async function offered(...words: string[]): Promise<string[]> {
  const { out } = await type("completion", "bash");
  const press = `${out}
COMP_WORDS=(latchkey ${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length}
_latchkey
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", press], { encoding: "utf8" }).trim().split("\n");
}

test("bash completes commands, their commands, and their options", async () => {
  expect(await offered("gr")).toEqual(["grants"]);
  expect(await offered("--stage", "prod", "grants", "")).toEqual(
    expect.arrayContaining(["stop", "resume", "show", "end", "--help"]),
  );
  expect(await offered("grants", "end", "--u")).toEqual(["--user"]);
  expect(await offered("request", "end", "")).not.toContain("--user");
});

test("every shell's script knows every command", async () => {
  const [bash, zsh, fish] = await Promise.all(
    ["bash", "zsh", "fish"].map(async (shell) => (await type("completion", shell)).out),
  );
  expect(zsh).toBe(`autoload -U +X bashcompinit && bashcompinit\n${bash}`);
  const commands = [...(bash ?? "").matchAll(/^ {4}"([a-z ]*)"\)/gm)].map(([, path = ""]) =>
    path.split(" ").at(-1),
  );
  expect(commands.length).toBeGreaterThan(10);
  for (const command of commands.filter((name) => name !== "")) expect(fish).toContain(`-a ${command} -d '`);
});

test("an unknown shell is an error that names the ones there are", async () => {
  expect(await type("completion", "csh")).toMatchObject({
    code: 1,
    err: expect.stringContaining("bash, zsh, fish"),
  });
});
