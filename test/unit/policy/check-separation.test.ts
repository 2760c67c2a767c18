import { describe, expect, test } from "vitest";
import { BusyError } from "../../../src/errors.ts";
import {
  checkSeparation,
  neverReported,
  type SeparationReport,
} from "../../../src/policy/check-separation.ts";
import type { Separation } from "../../../src/policy/policy.ts";
import { separated, violationsOf } from "../../../src/policy/violations.ts";
import { readPolicyFiles } from "../../../src/policy-files/read-policy-files.ts";
import { entry } from "../../support/policy.ts";

const files = readPolicyFiles("policy");
if ("problems" in files) throw new Error("the example files are wrong");
const { site, policy } = files;

const day = 86_400_000;
const at = Date.UTC(2026, 10, 23, 10);
const separation: Separation[] = [
  { id: "spend-and-see", why: "Because.", one: ["a/1", "a/2"], other: ["b/1"] },
];

describe("a violation", () => {
  const holders = new Map([
    ["a/1", new Set(["ann", "bo"])],
    ["a/2", new Set(["bo"])],
    ["b/1", new Set(["bo", "cy", "ann"])],
  ]);

  test("is somebody with something of both sides", () => {
    expect(violationsOf({ separation }, holders, at)).toEqual([
      { separation: "spend-and-see", userId: "ann", has: ["a/1", "b/1"] },
      { separation: "spend-and-see", userId: "bo", has: ["a/1", "a/2", "b/1"] },
    ]);
    expect(violationsOf({}, holders, at)).toEqual([]);
    expect(violationsOf({ separation }, new Map(), at)).toEqual([]);
    expect(separated({ separation })).toEqual(["a/1", "a/2", "b/1"]);
  });

  test("is none as long as an exception lasts, its last day included", () => {
    const until = (date: string) => [
      { ...(separation[0] as Separation), exceptions: [{ user: "bo", until: date, why: "For now." }] },
    ];
    const people = (date: string) =>
      violationsOf({ separation: until(date) }, holders, at).map(({ userId }) => userId);
    expect(people("2026-11-23")).toEqual(["ann"]);
    expect(people("2026-11-22")).toEqual(["ann", "bo"]);
  });
});

/** Ann is in one group, Bo in both; each entitlement has a group of its own name. */
function openWorld() {
  let report: SeparationReport = neverReported;
  const world = {
    // Dee is not in the other group that it takes.
    members: { "a/1": ["ann", "bo", "dee"], "b/1": ["bo", "dee"] } as Record<string, string[] | undefined>,
    separation: separation as Separation[] | undefined,
    operations: site.operations,
    now: at,
    raised: [] as string[],
    commented: [] as string[],
    report: () => report,
    interrupt: undefined as (() => void) | undefined,
  };
  const deps: Parameters<typeof checkSeparation>[0] = {
    clock: { now: () => world.now, sleep: async () => {} },
    policy: {
      current: async () => {
        const { separation: _, ...rest } = policy;
        const { operations: __, ...places } = site;
        return {
          version: 1,
          site: world.operations ? { ...places, operations: world.operations } : places,
          policy: world.separation ? { ...rest, separation: world.separation } : rest,
        };
      },
    },
    catalog: {
      entry: async (id) =>
        id === "a/2" ? undefined : entry({ entitlementId: id, groups: id === "a/1" ? [id, "all"] : [id] }),
    },
    directory: {
      membersOf: async (group) => {
        if (group === "all") return ["ann", "bo", "cy"];
        if (group in world.members) return world.members[group];
        throw new Error(`nobody needs to know who is in ${group}`);
      },
    },
    findings: {
      separation: async () => report,
      saveSeparation: async (next) => {
        world.interrupt?.();
        if (next.version !== report.version) return undefined;
        report = { ...next, version: next.version + 1 };
        return report;
      },
    },
    jira: {
      comment: async (issueId, { lines }, audience) => {
        expect(audience).toBe("internal");
        world.commented.push(`${issueId}: ${lines.flat()[0]}`);
      },
    },
    serviceDesk: {
      raise: async (form, { summary, description }) => {
        expect(form).toEqual(site.operations);
        expect(summary).toBe("People have access that nobody should have together");
        return `issue-${world.raised.push(description)}`;
      },
    },
  };
  return { world, check: () => checkSeparation(deps) };
}

describe("the list of violations", () => {
  test("is made of what JumpCloud shows, and told on one ticket whenever it has changed", async () => {
    const { world, check } = openWorld();
    const { violations } = await check();
    expect(violations).toEqual([{ separation: "spend-and-see", userId: "bo", has: ["a/1", "b/1"] }]);
    world.now += day;
    await check();
    expect(world.raised).toEqual([
      "JumpCloud user bo has a/1, b/1 (spend-and-see: Because.)\n\n" +
        "End one of them, or write a dated exception into policy.yaml. Latchkey takes nothing away by itself.",
    ]);
    expect(world.report()).toMatchObject({ at: at + day, issueId: "issue-1" });
    world.members["b/1"] = ["bo", "ann"];
    await check();
    expect(world.commented).toEqual([expect.stringContaining("issue-1: JumpCloud user ann has")]);
    world.members["b/1"] = undefined;
    await check();
    expect(world.commented[1]).toBe("issue-1: Nobody has conflicting access any more.");
    expect(world.report()).not.toHaveProperty("issueId");
    expect(world.raised).toHaveLength(1);
  });

  test("is kept without a ticket where nobody said where tickets go", async () => {
    const { world, check } = openWorld();
    world.operations = undefined;
    await check();
    expect(world.raised).toEqual([]);
    expect(world.report().violations).toHaveLength(1);
  });

  test("is empty when the policy separates nothing any more, and not looked for when it never did", async () => {
    const { world, check } = openWorld();
    await check();
    world.separation = undefined;
    expect((await check()).violations).toEqual([]);
    const { version } = world.report();
    await check();
    expect(world.report().version).toBe(version);
  });

  test("is cut where an item or a ticket has no room", async () => {
    const { world, check } = openWorld();
    const many = Array.from({ length: 1_200 }, (_, index) => `user${index}`);
    world.members = { "a/1": many, "b/1": many };
    world.separation = [{ id: "spend-and-see", why: "Because.", one: ["b/1"], other: ["c/1"] }];
    world.members["c/1"] = many;
    expect(await check()).toMatchObject({ more: 200 });
    const lines = world.raised[0]?.split("\n\n");
    expect(lines).toHaveLength(52);
    expect(lines?.[50]).toBe("And 1150 more: “latchkey grants violations” lists them.");
  });

  test("is told to its end where there is room", async () => {
    const { world, check } = openWorld();
    const some = Array.from({ length: 50 }, (_, index) => `user${index}`);
    world.members = { "b/1": some, "c/1": some };
    world.separation = [{ id: "spend-and-see", why: "Because.", one: ["b/1"], other: ["c/1"] }];
    expect(await check()).toMatchObject({ more: 0 });
    expect(world.raised[0]?.split("\n\n")).toHaveLength(51);
  });

  test("is made by one at a time", async () => {
    const { world, check } = openWorld();
    world.interrupt = () => {
      world.report().version++;
    };
    const failure = await check().catch((error: Error) => error);
    expect(failure).toBeInstanceOf(BusyError);
    expect(failure).toMatchObject({ message: expect.stringContaining("looks for conflicting access") });
  });
});
