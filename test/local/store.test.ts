import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Store } from "../../local/store.ts";

const folder = mkdtempSync(join(tmpdir(), "latchkey-store-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("documents are there again after a restart, and changes made together are kept together", () => {
  const file = join(folder, "deep", "world.db");
  const store = new Store(file);
  const people = store.collection<{ name: string }>("people");
  people.set("1", { name: "Alice" });
  people.set("2", { name: "Tariq" });
  people.delete("2");
  const failing = () =>
    store.together(() => {
      store.collection<number>("counts").set("a", 1);
      throw new Error("half-way");
    });
  expect(failing).toThrow("half-way");
  store.close();

  const reopened = new Store(file);
  expect(reopened.collection("people").entries()).toEqual([["1", { name: "Alice" }]]);
  expect(reopened.collection("counts").size).toBe(0);
  reopened.close();
});

test("when changes made together fail, the collections are as they were before", () => {
  const store = new Store();
  const people = store.collection<{ name: string; teams: string[] }>("people");
  const counts = store.collection<number>("counts");
  people.set("1", { name: "Alice", teams: ["Finance"] });
  store.together(() => {
    people.set("2", { name: "Tariq", teams: [] });
    counts.set("people", 2);
  });
  const failing = () =>
    store.together(() => {
      const alice = people.get("1");
      alice?.teams.push("Sales");
      if (alice) people.set("1", alice);
      people.delete("2");
      people.set("3", { name: "Vera", teams: [] });
      store.together(() => counts.set("people", 3));
      throw new Error("half-way");
    });
  expect(failing).toThrow("half-way");
  expect(people.entries()).toEqual([
    ["1", { name: "Alice", teams: ["Finance"] }],
    ["2", { name: "Tariq", teams: [] }],
  ]);
  expect(counts.entries()).toEqual([["people", 2]]);

  counts.set("people", 4);
  expect(failing).toThrow("half-way");
  expect(counts.entries()).toEqual([["people", 4]]);
  store.close();
});
