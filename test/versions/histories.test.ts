import { mkdirSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { openStory } from "../support/company-story.ts";
import { expressionsIn, functionOf, type Graph, graphs } from "../support/graphs.ts";
import { paths as files, text } from "../support/source-files.ts";
import { type Path, paths } from "./paths.ts";
import {
  arnOfRun,
  type HistoryEvent,
  historyOf,
  outlineOf,
  recorded,
  taskIn,
  withDefinitions,
} from "./recorded.ts";

/**
 * Runs outlive deployments: those that began on an earlier version keep its graph and call the functions of today. So what runs of
 * each version did is kept in `test/fixtures/versions`, and has to come out the same with the functions of today.
 *
 * `npm run record-version` records the present version, under the number in package.json: do that before a release. Versions whose
 * runs are all over, after a year, may be deleted.
 */
const version = (JSON.parse(text("package.json")) as { version: string }).version;
const isRecording = process.env.RECORD_VERSION !== undefined;

const errors = new Set(
  [...text("src/errors.ts").matchAll(/override readonly name = "(\w+)"/g)].map(([, name]) => name),
);

async function accepts(name: string, payload: unknown): Promise<boolean> {
  const { event } = (await import(`../../functions/${name}.ts`)) as { event: v.GenericSchema };
  return v.safeParse(event, payload).success;
}

/** The names by which a graph catches what a function throws. */
function caught({ states }: Graph, name: string): Set<string> {
  const tasks = states.filter(([, state]) => functionOf(state) === name);
  return new Set(tasks.flatMap(([, state]) => (state.Catch ?? []).flatMap(({ ErrorEquals }) => ErrorEquals)));
}

/** Walks a path, all of it on these graphs, and with the functions of today. */
async function play(path: Path, on: Graph[]) {
  const story = await openStory({ assembly: withDefinitions(on) });
  const ticket = await path.ask(story);
  for (const step of path.steps) await step(story, ticket);
  return { story, ...ticket };
}

describe.skipIf(isRecording).each(recorded)("a run that began on version $version", (old) => {
  test("meets functions that all are there still", () => {
    const names = old.graphs.flatMap(({ states }) => states.map(([, state]) => functionOf(state)));
    const present = files("functions/*.ts").map((file) => file.replace(/^functions\/|\.ts$/g, ""));
    expect(present).toEqual(expect.arrayContaining(names.filter((name) => name !== "")));
    for (const { name, states } of old.graphs) {
      const mayCall = graphs
        .find((graph) => graph.name === name)
        ?.states.map(([, state]) => functionOf(state));
      for (const [state, task] of states) expect(mayCall, `${name}: ${state}`).toContain(functionOf(task));
    }
  });

  test("gives them what they take", async () => {
    const tasks = Object.values(old.histories).flatMap((events) =>
      events.flatMap(({ taskScheduledEventDetails }) =>
        taskScheduledEventDetails ? [taskIn(taskScheduledEventDetails)] : [],
      ),
    );
    expect(tasks.length).toBeGreaterThan(50);
    for (const { name, payload } of tasks)
      expect(await accepts(name, payload), `${name} ${JSON.stringify(payload)}`).toBe(true);
  });

  test("knows every error that they throw for it, so that none ends at an operator who could have been spared", () => {
    for (const graph of graphs) {
      const before = old.graphs.find(({ name }) => name === graph.name);
      if (!before) continue;
      const called = new Set(before.states.map(([, state]) => functionOf(state)));
      for (const name of called) {
        const unknown = [...caught(graph, name)].filter((error) => !caught(before, name).has(error));
        expect(unknown, `${graph.name}: ${name} throws what it does not catch`).toEqual([]);
      }
    }
  });

  test("is told of each error by the name that it knows", () => {
    const handled = old.graphs.flatMap(({ states }) =>
      states.flatMap(([, { Retry = [], Catch = [] }]) =>
        [...Retry, ...Catch].flatMap(({ ErrorEquals }) => ErrorEquals),
      ),
    );
    expect(handled.filter((name) => !/^(States|Lambda|Sandbox)\./.test(name) && !errors.has(name))).toEqual(
      [],
    );
  });

  test("was in every place in which one can wait", () => {
    const visited = new Set(Object.values(old.histories).flatMap(outlineOf));
    const waiting = old.graphs.flatMap(({ states }) =>
      states.flatMap(([name, { Type, Resource }]) =>
        Type === "Wait" || Resource?.endsWith("waitForTaskToken") ? [name] : [],
      ),
    );
    expect(waiting.length).toBeGreaterThan(3);
    expect([...visited]).toEqual(expect.arrayContaining(waiting));
  });

  test.each(Object.keys(old.histories))(
    "is %s, on its own graph and with the functions of today",
    async (name) => {
      const path = paths[name];
      if (!path) throw new Error(`nobody knows how a run is ${name}`);
      const { story, key } = await play(path, old.graphs);
      const events = await historyOf(story, arnOfRun(story, path.machine, `${key}-1`));
      expect(outlineOf(events)).toEqual(outlineOf(old.histories[name] ?? []));
      expect(
        await story.states.handle("DescribeExecution", {
          executionArn: arnOfRun(story, path.machine, `${key}-1`),
        }),
      ).toMatchObject({
        stateMachineVersionArn: expect.stringMatching(/:1$/),
      });
    },
  );
});

test.skipIf(isRecording)("the version in package.json was recorded: if not, npm run record-version", () => {
  expect(recorded.map((one) => one.version)).toContain(version);
});

test.skipIf(isRecording)("what is answered to a run has all that an earlier graph reads", () => {
  for (const { version: before, graphs: earlier } of recorded)
    for (const { name, states } of earlier)
      for (const [state, { Assign }] of states)
        for (const source of expressionsIn(Assign)) {
          const field = /^\$states\.result\.(?:Payload\.)?(\w+)$/.exec(source)?.[1];
          if (field !== undefined)
            expect(isRead(name, state, field), `${before}, ${name}: ${state} reads ${field}`).toBe(true);
        }
});

/** Whether the present graph reads it too: what no graph reads any more, a function may leave out some day. */
function isRead(machine: string, state: string, field: string): boolean {
  const present = graphs.find(({ name }) => name === machine)?.states.find(([name]) => name === state)?.[1];
  return expressionsIn(present?.Assign).some((source) => new RegExp(`\\b${field}$`).test(source));
}

test.runIf(isRecording)(
  "records",
  async () => {
    const histories: Record<string, HistoryEvent[]> = {};
    for (const [name, path] of Object.entries(paths)) {
      const { story, key } = await play(path, graphs);
      const events = await historyOf(story, arnOfRun(story, path.machine, `${key}-1`));
      expect(
        events.findLast(({ stateEnteredEventDetails }) => stateEnteredEventDetails)?.stateEnteredEventDetails
          ?.name,
        name,
      ).toBe(path.end);
      histories[name] = events;
      await story.stop();
    }
    const folder = `test/fixtures/versions/${version}`;
    mkdirSync(folder, { recursive: true });
    // Where the project lies on the machine that records is in the places of errors.
    const recording = JSON.stringify(histories, null, 2).replaceAll(
      pathToFileURL(process.cwd()).href,
      "file://",
    );
    writeFileSync(`${folder}/histories.json`, `${recording}\n`);
    for (const { name, definition } of graphs) writeFileSync(`${folder}/${name}.asl.json`, definition);
  },
  300_000,
);
