import { expect } from "vitest";
import { retryRequest } from "../../cli/request-commands.ts";
import { people } from "../../local/world/company.ts";
import { day, hour, openStory, option, type Story } from "../support/company-story.ts";
import { graphs } from "../support/graphs.ts";
import { arnOfRun, historyOf, outlineOf, withDefinitions } from "./recorded.ts";

/** Runs that wait while a new version is deployed, and what happens to each afterwards. */

type Kind = {
  ask: (story: Story, login: string) => Promise<{ key: string; id: string }>;
  /** What has happened by the time of the deployment. */
  before?: (story: Story, key: string, id: string) => Promise<unknown>;
  /** Whether an operator has to begin another run. */
  isRetried?: true;
  /** What people do afterwards. */
  after?: (story: Story, key: string, login: string) => Promise<unknown>;
  machine?: string;
  /** What the ticket shows in the end. */
  status: string;
};

const manager = "jonas.bergmann";
const team = people
  .filter((one) => one.manager?.startsWith(manager) && one.state === "ACTIVATED")
  .map(({ email }) => email.split("@")[0] ?? "");

const permanent: Kind["ask"] = (story, login) => story.raise(login, option.githubDeveloper);
const timed: Kind["ask"] = (story, login) => story.raise(login, option.awsDeveloper, { duration: "4 hours" });
const approved = (story: Story, key: string) => story.decideOnly(manager, key, "approve");

/** Of ten runs, this many. */
const mix: [count: number, kind: Kind][] = [
  [3, { ask: permanent, after: approved, status: "granted" }],
  [
    1,
    { ask: permanent, after: (story, key) => story.decideOnly(manager, key, "decline"), status: "declined" },
  ],
  [2, { ask: permanent, status: "closed" }],
  [1, { ask: timed, before: approved, status: "ended" }],
  [
    1,
    {
      ask: timed,
      before: approved,
      after: (story, key, login) => story.pressOnly(login, key, "endAccessNow"),
      status: "ended",
    },
  ],
  [
    1,
    {
      ask: permanent,
      before: async (story, key, id) => {
        story.host.fail({
          function: "provision-access",
          error: "SecretMissingError",
          times: 1,
          when: (payload) => (payload as { requestId: string }).requestId === `${id}-1`,
        });
        await story.decide(manager, key, "approve");
      },
      after: (story, key) => retryRequest(story.operator, key, { json: false, write: () => {} }),
      isRetried: true,
      status: "granted",
    },
  ],
  [
    1,
    {
      machine: "directory-action",
      ask: (story, login) => story.askOnly(login, "27"),
      after: (story, key) => story.decideOnly("oskar.weiss", key, "approve"),
      status: "done",
    },
  ],
];
const kinds = mix.flatMap(([count, kind]) => Array.from({ length: count }, () => kind));

/** The next version: one more state, which reads one more field of an answer, and hands it on to another function. */
const nextGraphs = graphs.map(({ name, definition }) => {
  if (name !== "access-request") return { name, definition };
  const graph = JSON.parse(definition);
  const { "Check the request": check, "Confirm access": confirm } = graph.States;
  graph.States["Note the grade"] = { Type: "Pass", Next: check.Next };
  check.Next = "Note the grade";
  check.Assign.grade = "{% $states.result.Payload.grade %}";
  confirm.Arguments.Payload.grade = "{% $grade %}";
  return { name, definition: JSON.stringify(graph) };
});

/**
 * Plays a deployment with so many runs waiting, and expects that every one ends as it should, on the graph that it began with.
 *
 * @returns how many runs there were at the time of the deployment, and which tasks they called afterwards
 */
export async function deployWhileWaiting(count: number, state: string) {
  let story = await openStory({ state, assembly: withDefinitions(graphs) });
  const runs = Array.from({ length: count }, (_, index) => ({
    kind: kinds[index % kinds.length] as Kind,
    login: team[index % team.length] as string,
    key: "",
    id: "",
  }));
  for (const run of runs) Object.assign(run, await run.kind.ask(story, run.login));
  // JumpCloud is asked three times a second.
  await story.pass(hour / 4);
  for (const { kind, key, id } of runs) await kind.before?.(story, key, id);
  await story.pass(hour / 4);
  const waiting = await openRuns(story);

  const { clock } = story;
  await story.stop();
  story = await openStory({ clock, state, assembly: withDefinitions(nextGraphs) });
  story.host.answers.set("check-request", (answer) => ({ ...(answer as object), grade: "ordinary" }));
  for (const { kind, key, login } of runs) await kind.after?.(story, key, login);
  await story.settle();
  await story.pass(5 * hour);
  await story.pass(8 * day);

  for (const { kind, key, id } of runs) {
    expect(await story.statusOf(key), key).toBe(kind.status);
    const done = await story.actions(id);
    for (const once of ["access.granted", "access.ended", "actions.done"])
      expect(done.filter((action) => action === once).length, `${key} ${once}`).toBeLessThan(2);
    await expectOldGraph(story, kind.machine ?? "access-request", `${key}-1`);
  }
  expect(await openRuns(story)).toEqual([]);
  return { story, runs, waiting };
}

async function openRuns(story: Story): Promise<string[]> {
  const all = [...(await story.executions()), ...(await story.executions("directory-action"))];
  return all.filter(({ status }) => status === "RUNNING").map(({ name }) => name);
}

async function expectOldGraph(story: Story, machine: string, name: string): Promise<void> {
  const executionArn = arnOfRun(story, machine, name);
  expect(await story.states.handle("DescribeExecution", { executionArn })).toMatchObject({
    stateMachineVersionArn: expect.stringMatching(/:1$/),
  });
  expect(outlineOf(await historyOf(story, executionArn))).not.toContain("Note the grade");
}
