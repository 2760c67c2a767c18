import type { Assembly } from "../local/assembly.ts";
import { RunningClock } from "../local/clock.ts";
import { serve } from "../local/serve.ts";
import { people } from "../local/world/company.ts";
import type { WorldEvent } from "../local/world/events.ts";
import { readPolicyFiles } from "../src/policy-files/read-policy-files.ts";
import type { FigureGroup } from "./figures.ts";
import { type Asked, Portal } from "./portal.ts";

const atOnce = 50;
const requestCount = 200;

/** Played before, so that functions are warm; few at once, because each is started in this process. */
const first = { count: 24, atOnce: 6 };

/**
 * Latchkey makes three calls a second to JumpCloud, because nobody knows its limits. That would be all that is measured, so
 * time runs faster.
 */
const timeScale = 30;

/** Runs faster even while something is being done. */
class HurriedClock extends RunningClock {
  override busy(): () => void {
    return () => {};
  }
}

/** A request that takes longer than this, in real milliseconds, counts as failed. */
const patience = 30_000;

/** What one manager decides on and everybody may ask for. */
const entitlements: Pick<Asked, "application" | "entitlement">[] = [
  { application: "GitHub", entitlement: "Developer" },
  { application: "Notion", entitlement: "Member" },
  { application: "Datadog", entitlement: "Viewer" },
  { application: "Zoom", entitlement: "Licensed user" },
];

/**
 * Requests through the whole local runtime, functions in their worker threads: each is asked for on the portal, approved as
 * soon as the manager is asked, and done when its ticket says that access was granted.
 */
export async function throughput(assembly: Assembly): Promise<FigureGroup> {
  const policy = readPolicyFiles("policy");
  if ("problems" in policy) throw new Error("The example files in policy/ are wrong.");
  const tickets = new Tickets();
  const served = await serve({
    clock: new HurriedClock({ scale: timeScale }),
    port: 0,
    awsPort: 0,
    policy,
    assembly,
    onEvent: (event) => tickets.hear(event),
  });
  // The answers to Jira take real time, whatever its clock says.
  if (served.jira) served.jira.settings.webhookTimeoutMs *= timeScale;
  try {
    const portal = new Portal(served.jiraUrl);
    tickets.whenAsked = (key) => portal.approve(key);
    const play = async (asked: Asked) => tickets.isGranted(await portal.ask(asked));
    const all = requests(first.count + requestCount);
    await inParallel(all.splice(0, first.count), first.atOnce, play);
    const start = performance.now();
    const outcomes = await inParallel(all, atOnce, play);
    const granted = outcomes.filter(Boolean).length;
    return figureOf(granted, (performance.now() - start) / 1000);
  } finally {
    await served.stop();
  }
}

function figureOf(granted: number, seconds: number): FigureGroup {
  return {
    title: `The whole local runtime on this machine, ${atOnce} requests at a time`,
    figures: [
      {
        name: "From webhook to “access granted”",
        measured: granted / seconds,
        unit: "per second",
        note: `${granted} of ${requestCount} granted in ${seconds.toFixed(0)} s; its clock ran ${timeScale} × faster, or the pace of 3 JumpCloud calls a second would be all that is measured`,
      },
    ],
  };
}

/** Tickets of the simulated Jira, and what becomes of them. */
class Tickets {
  whenAsked: (key: string) => Promise<void> = async () => {};
  readonly #ends = new Map<string, PromiseWithResolvers<boolean>>();

  hear(event: WorldEvent): void {
    if (event.source !== "jira") return;
    const { resolve } = this.#end(event.issueKey);
    if (event.type === "approval asked") this.whenAsked(event.issueKey).catch(() => resolve(false));
    if (event.type === "status changed" && event.to === "Granted") resolve(true);
    if (event.type === "status changed" && event.to === "Needs attention") resolve(false);
  }

  async isGranted(key: string): Promise<boolean> {
    const { promise, resolve } = this.#end(key);
    const limit = setTimeout(() => resolve(false), patience);
    return promise.finally(() => clearTimeout(limit));
  }

  #end(key: string): PromiseWithResolvers<boolean> {
    const end = this.#ends.get(key) ?? Promise.withResolvers<boolean>();
    this.#ends.set(key, end);
    return end;
  }
}

/** Every request is for another person or entitlement, as long as there are any. */
function requests(count: number): Asked[] {
  const logins = people
    .filter(({ state }) => state === "ACTIVATED")
    .map(({ email }) => email.slice(0, email.indexOf("@")));
  const all = entitlements.flatMap((what) =>
    logins.map((login) => ({ ...what, login, duration: "Permanent" })),
  );
  return Array.from({ length: Math.ceil(count / all.length) }, () => all)
    .flat()
    .slice(0, count);
}

async function inParallel<One, Result>(
  all: One[],
  limit: number,
  run: (one: One) => Promise<Result>,
): Promise<Result[]> {
  const waiting = all.values();
  const results: Result[] = [];
  const work = async () => {
    for (const one of waiting) results.push(await run(one));
  };
  await Promise.all(Array.from({ length: limit }, work));
  return results;
}
