import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type FormOption,
  isDone,
  OptionsUnclearError,
  planOptions,
  type WantedOption,
} from "../../../src/catalog/plan-options.ts";
import { type PublishDeps, publishOptions } from "../../../src/catalog/publish-options.ts";
import { OptionList } from "../../support/option-list.ts";

const option = (id: string, value: string, parts: Partial<FormOption> = {}): FormOption => ({
  id,
  value,
  disabled: false,
  ...parts,
});
const want = (owner: string, label: string, children?: WantedOption[]): WantedOption => ({
  owner,
  label,
  ...(children ? { children } : {}),
});
const owned = (ids: Record<string, string>) => new Map(Object.entries(ids));

describe("a plan", () => {
  test("adds what is missing, parents before their children", () => {
    const plan = planOptions(
      [want("github", "GitHub", [want("github/developer", "Developer")])],
      new Map(),
      [],
    );
    expect(plan).toMatchObject({
      additions: [{ owner: "github", value: "GitHub" }],
      changes: [],
      orders: [],
    });
    expect(isDone(plan)).toBe(false);
    const next = planOptions([want("github", "GitHub", [want("github/developer", "Developer")])], new Map(), [
      option("1", "GitHub"),
    ]);
    expect(next.additions).toEqual([{ owner: "github/developer", value: "Developer", parentId: "1" }]);
  });

  test("knows options by their id: a new name is a renaming, in place", () => {
    const plan = planOptions([want("github", "GitHub Cloud")], owned({ github: "1" }), [
      option("1", "GitHub"),
    ]);
    expect(plan.changes).toEqual([{ id: "1", value: "GitHub Cloud" }]);
    expect(plan.additions).toEqual([]);
  });

  test("takes over an option of the same name that stands for nothing yet, whatever its case", () => {
    const plan = planOptions([want("github", "GitHub")], new Map(), [
      option("1", " github", { disabled: true }),
    ]);
    expect(plan.ids).toEqual(owned({ github: "1" }));
    expect(plan.changes).toEqual([{ id: "1", value: "GitHub", disabled: false }]);
  });

  test("disables what is no longer shown, and shows it again under its old id", () => {
    const existing = [option("1", "GitHub"), option("2", "Zoom")];
    const ids = owned({ github: "1", zoom: "2" });
    const plan = planOptions([want("github", "GitHub")], ids, existing);
    expect(plan.changes).toEqual([{ id: "2", disabled: true }]);
    expect(plan.ids).toEqual(ids);
    const again = planOptions([want("github", "GitHub"), want("zoom", "Zoom")], plan.ids, [
      option("1", "GitHub"),
      option("2", "Zoom", { disabled: true }),
    ]);
    expect(again.changes).toEqual([{ id: "2", disabled: false }]);
  });

  test("lets options step aside whose labels others need", () => {
    const swap = planOptions([want("a", "B"), want("b", "A")], owned({ a: "1", b: "2" }), [
      option("1", "A"),
      option("2", "B"),
    ]);
    expect(swap.asides).toEqual([
      { id: "2", value: "B (2)" },
      { id: "1", value: "A (1)" },
    ]);
    expect(swap.changes).toEqual([
      { id: "1", value: "B" },
      { id: "2", value: "A" },
    ]);
    const replaced = planOptions([want("new", "GitHub")], owned({ old: "1" }), [option("1", "GitHub")]);
    expect(replaced.asides).toEqual([{ id: "1", value: "GitHub (1)" }]);
    expect(replaced.changes).toEqual([{ id: "1", disabled: true }]);
    expect(replaced.additions).toEqual([{ owner: "new", value: "GitHub" }]);
  });

  test("puts each list in the order of the catalog, once all of it is there", () => {
    const existing = [option("1", "B"), option("2", "A"), option("9", "Other")];
    const ids = owned({ a: "2", b: "1" });
    expect(planOptions([want("a", "A"), want("b", "B")], ids, existing).orders).toEqual([["2", "1"]]);
    expect(planOptions([want("a", "A"), want("c", "C"), want("b", "B")], ids, existing).orders).toEqual([]);
  });

  test("leaves alone what stands for nothing that is known, and says so", () => {
    const existing = [option("1", "GitHub"), option("2", "Legacy"), option("3", "Old", { disabled: true })];
    const plan = planOptions([want("github", "GitHub")], owned({ github: "1" }), existing);
    expect(plan.foreign).toEqual([option("2", "Legacy")]);
    expect(isDone(plan)).toBe(true);
  });

  test.each<[string, WantedOption[], Record<string, string>, FormOption[], string]>([
    ["an option that is not there", [want("a", "A")], { a: "1" }, [], "a: the field has no option 1."],
    [
      "a label that belongs to an option of something else in site.yaml",
      [want("a", "Something else")],
      {},
      [option("9", "Something else")],
      "is called “Something else” already",
    ],
    [
      "an id that means something else",
      [want("a", "A")],
      { a: "9" },
      [option("9", "A")],
      "stands for something else",
    ],
    [
      "a label that an option has which is nobody's",
      [want("a", "New")],
      { a: "1" },
      [option("1", "Old"), option("2", "New")],
      "option 2, which does not stand for it, is called “New” already",
    ],
    [
      "an option below another parent",
      [want("a", "A", [want("a/x", "X")])],
      { a: "1", "a/x": "3" },
      [option("1", "A"), option("2", "B"), option("3", "X", { parentId: "2" })],
      "Jira cannot move it",
    ],
    ["two of the same name", [want("a", "A"), want("b", "a")], {}, [], "b and a are both called “a”."],
    ["an empty name", [want("a", " ")], {}, [], "its name is empty"],
    ["too long a name", [want("a", "x".repeat(256))], {}, [], "more than 255 characters"],
    [
      "more options than Jira takes",
      Array.from({ length: 10_001 }, (_, index) => want(`a${index}`, `A ${index}`)),
      {},
      [],
      "would have 10001 options",
    ],
  ])("is refused for %s", (_, wanted, ids, existing, message) => {
    const plan = () => planOptions(wanted, owned(ids), existing, ["9"]);
    expect(plan).toThrow(OptionsUnclearError);
    expect(plan).toThrow(message);
  });
});

const labels = fc.constantFrom("A", "B", "C", "D");
const level = (prefix: string) =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom("p", "q", "r", "s"), labels), {
      maxLength: 4,
      selector: ([owner]) => owner,
    })
    .map((list) =>
      list.filter(([, label], index) => list.findIndex(([, other]) => other === label) === index),
    )
    .map((list) => list.map(([owner, label]) => ({ owner: `${prefix}${owner}`, label })));
const trees = level("").chain((parents) =>
  fc
    .tuple(...parents.map(({ owner }) => level(`${owner}/`)))
    .map((children) =>
      parents.map((parent, index): WantedOption => ({ ...parent, children: children[index] ?? [] })),
    ),
);

describe("publishing", () => {
  const publish = async (
    list: OptionList,
    wanted: WantedOption[],
    kept: { ids: ReadonlyMap<string, string> },
    dryRun = false,
  ) => {
    const deps: PublishDeps = {
      form: list,
      keep: (_, ids) => {
        kept.ids = new Map(ids);
      },
    };
    const publication = {
      fieldId: "customfield_1",
      projects: ["1"],
      forms: [{ project: "1", requestTypeId: "25" }],
      wanted,
      owned: kept.ids,
      reserved: [],
    };
    return publishOptions(deps, publication, dryRun);
  };

  test("makes any catalog of any other, whatever call it dies at, and never a second option for the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(trees, fc.nat(12)), { minLength: 1, maxLength: 5 }),
        async (steps) => {
          const list = new OptionList();
          const kept = { ids: new Map<string, string>() as ReadonlyMap<string, string> };
          const everOf = new Map<string, string>();
          for (const [wanted, diesAt] of steps) {
            list.dieAfter(diesAt);
            await publish(list, wanted, kept).catch((error: Error) => {
              if (error.message !== "killed") throw error;
            });
            list.dieAfter(undefined);
            await publish(list, wanted, kept);
            expect(list.tree()).toEqual(treeOf(wanted));
            const writes = list.writes;
            await publish(list, wanted, kept);
            expect(list.writes).toBe(writes);
            for (const [owner, id] of kept.ids) {
              expect(everOf.get(owner) ?? id).toBe(id);
              everOf.set(owner, id);
            }
            expect(new Set(kept.ids.values()).size).toBe(kept.ids.size);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("takes one call for all new options of each depth, and none when nothing has changed", async () => {
    const list = new OptionList();
    const kept = { ids: new Map<string, string>() as ReadonlyMap<string, string> };
    const wanted = Array.from({ length: 100 }, (_, index) =>
      want(
        `a${index}`,
        `A ${index}`,
        Array.from({ length: 9 }, (_unused, inner) => want(`a${index}/${inner}`, `Level ${inner}`)),
      ),
    );
    const published = await publish(list, wanted, kept);
    expect(published.added).toHaveLength(1_000);
    expect(list.writes).toBe(2);
    expect((await publish(list, wanted, kept)).added).toEqual([]);
    expect(list.writes).toBe(2);
  });

  test("splits what Jira does not take at once", async () => {
    const list = new OptionList();
    const kept = { ids: new Map<string, string>() as ReadonlyMap<string, string> };
    const wanted = Array.from({ length: 2_500 }, (_, index) => want(`a${index}`, `A ${index}`));
    await publish(list, wanted, kept);
    expect(list.writes).toBe(3);
    await publish(
      list,
      wanted.map(({ owner }, index) => want(owner, `B ${index}`)),
      kept,
    );
    expect(list.writes).toBe(6);
  });

  test("says what it would do, and does nothing, when it is tried", async () => {
    const list = new OptionList();
    const kept = { ids: new Map<string, string>() as ReadonlyMap<string, string> };
    await publish(list, [want("a", "A"), want("b", "B")], kept);
    const { writes } = list;
    const tried = await publish(list, [want("b", "Bee"), want("c", "C")], kept, true);
    expect(tried).toMatchObject({ added: ["C"], renamed: [{ from: "B", to: "Bee" }], disabled: ["A"] });
    expect(list.writes).toBe(writes);
    expect((await publish(list, [want("a", "A"), want("b", "B")], kept)).added).toEqual([]);
  });

  test("says which forms do not show what they should", async () => {
    const list = new OptionList();
    const kept = { ids: new Map<string, string>() as ReadonlyMap<string, string> };
    list.isOnForm = false;
    expect((await publish(list, [want("a", "A"), want("b", "B")], kept)).missing).toEqual({ "25": 2 });
    list.isOnForm = true;
    expect((await publish(list, [want("a", "A"), want("b", "B")], kept)).missing).toEqual({});
  });

  test("needs one list of options for all forms", async () => {
    const list = new OptionList();
    const kept = { ids: new Map<string, string>() as ReadonlyMap<string, string> };
    list.contextIds = [];
    await expect(publish(list, [], kept)).rejects.toThrow("has no context");
    list.contextIds = ["1", "2"];
    await expect(publish(list, [], kept)).rejects.toThrow("in several contexts (1, 2)");
  });
});

function treeOf(wanted: WantedOption[]): object[] {
  return wanted.map(({ label, children = [] }) => ({ label, children: treeOf(children) }));
}
