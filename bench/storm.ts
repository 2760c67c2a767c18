import type { Assembly } from "../local/assembly.ts";
import { people } from "../local/world/company.ts";
import { readPolicyFiles } from "../src/policy-files/read-policy-files.ts";
import type { FigureGroup } from "./figures.ts";
import { Recorder } from "./recorder.ts";

/** "I cannot sign in" of the simulated portal. */
const requestType = "27";
const group = "6a00000000000000000b0016";
const callsPerSecond = 3;
const minute = 60_000;

/** The storm is over when it takes longer than this many times what it must. */
const patience = 5;

/**
 * Requests for actions, all at once, none of which needs an approval: how many are done, and how much longer that takes than JumpCloud's
 * pace makes it take. On a clock that is moved by hand: what the functions themselves take does not count.
 */
export async function storm(assembly: Assembly, count: number): Promise<FigureGroup> {
  const policy = readPolicyFiles("policy");
  if ("problems" in policy) throw new Error("The example files in policy/ are wrong.");
  for (const rule of policy.policy.actions?.rules ?? [])
    if (rule.id === "unlock")
      rule.steps = [{ action: "add-to-groups", inputs: { groups: { value: [group] } } }];
  const logins = people
    .filter(({ state }) => state === "ACTIVATED")
    .map(({ email }) => email.split("@")[0] ?? "");
  const recorder = await Recorder.open(assembly, policy);
  try {
    let seconds = 0;
    let done = 0;
    const { jumpcloudCalls, executions } = await recorder.record(async () => {
      const keys: string[] = [];
      for (let number = 0; number < count; number++)
        keys.push(await recorder.portal.askFor(logins[number % logins.length] ?? "", requestType));
      const open = new Set(keys);
      const longest = patience * ((count * 6) / callsPerSecond);
      while (open.size > 0 && seconds < longest) {
        await recorder.pass(minute);
        seconds += minute / 1_000;
        for (const key of open) if (await recorder.portal.isDone(key)) open.delete(key);
      }
      done = count - open.size;
    });
    const drain = jumpcloudCalls / callsPerSecond;
    return {
      title: `${count} requests for actions at once`,
      figures: [
        { name: "Not done", measured: count - done, unit: "", limit: 0, note: `${executions} runs` },
        {
          name: "Time, against what the pace of three calls a second makes it take",
          measured: seconds / drain,
          unit: "times",
          // Of a few, the waits between their tries count for more.
          ...(count < 1_000 ? {} : { limit: 1.5 }),
          note: `${seconds} s for ${jumpcloudCalls} calls to JumpCloud`,
        },
      ],
    };
  } finally {
    await recorder.stop();
  }
}
