import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applications, simulatedSecrets } from "../../local/world/company.ts";
import { temporaryFolder, type } from "../cli/support.ts";
import type { Story } from "../support/company-story.ts";
import type { Kept } from "./sinks.ts";

/** What each command of `latchkey` prints and writes about a ticket, and which commands there are. */
export async function everythingPrinted(
  story: Story,
  key: string,
): Promise<{ kept: Kept[]; missing: string[] }> {
  const folder = temporaryFolder();
  const evidence = join(folder, "evidence.json");
  const exported = join(folder, "audit.jsonl");
  const secret = join(folder, "secret.json");
  writeFileSync(secret, JSON.stringify(simulatedSecrets["jira-api"]));
  const commands = [
    ["plan"],
    ["apply"],
    ["simulate", "--requester", "alice.moreau@fernhill.example", "--entitlement", "github/developer"],
    ["replay"],
    ["catalog", "list"],
    ["catalog", "sync"],
    ["catalog", "publish", "--dry-run", "--jira", story.jira.url, "--jira-key", secret],
    ["catalog", "adopt", applications[0]?.id ?? ""],
    ["request", "show", key],
    ["request", "end", key],
    ["request", "retry", key],
    ["audit", "show", key],
    ["audit", "evidence", key, evidence],
    ["audit", "verify", evidence],
    ["audit", "compare"],
    ["grants", "stop", "--why", "a test"],
    ["grants", "resume", "--why", "a test"],
    ["grants", "show"],
    ["grants", "violations"],
    ["grants", "end", "--all", "--dry-run", "--why", "a test"],
    ["audit", "export", exported],
    ["audit", "verify", exported],
    ["secret", "set", "jira-api", secret],
    ["secret", "rotate", "jira-api", secret, "--jira", story.jira.url],
    ["secret", "retire", "jira-api", "--jira", story.jira.url],
    ["secret", "status", "--jira", story.jira.url, "--jumpcloud", story.jumpcloud.url],
    ["completion", "bash"],
  ];
  story.host.idle.delete("sync-catalog");
  const kept: Kept[] = [];
  for (const command of commands)
    for (const json of [[], ["--json"]]) {
      const { out, err } = await story.passUntil(
        type("--endpoint", story.runtime.awsUrl, ...json, ...command),
      );
      kept.push({ where: `latchkey ${command.slice(0, 2).join(" ")}`, text: out + err });
    }
  for (const file of ["evidence.json", "evidence.html", "audit.jsonl"])
    kept.push({ where: file, text: readFileSync(join(folder, file), "utf8") });
  const known = await commandNames();
  const missing = known.filter((name) => !commands.some((command) => command.join(" ").startsWith(name)));
  return { kept, missing };
}

/** Every command, as the command itself lists them; of a group each of its commands. */
async function commandNames(): Promise<string[]> {
  const names: string[] = [];
  for (const name of await listed()) {
    const inner = await listed(name);
    names.push(...(inner.length > 0 ? inner.map((one) => `${name} ${one}`) : [name]));
  }
  return names;
}

async function listed(...group: string[]): Promise<string[]> {
  const { out } = await type(...group, "--help");
  const names = [...(out.split("\nCommands:")[1] ?? "").matchAll(/^ {2}([a-z]+)\b/gm)].map(
    ([, name = ""]) => name,
  );
  return names.filter((name) => !["help", "latchkey"].includes(name));
}
