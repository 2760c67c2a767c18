import { describe, expect, test } from "vitest";
import { functionNames } from "../infra/bundle.ts";
import { environments } from "../src/lambda/environments.ts";
import { resourcesOf } from "./support/assembly.ts";
import { business, effects, house, isListed, roomOf } from "./support/import-table.ts";
import { folders, paths, readSource, readSourceFile, type SourceFile, text } from "./support/source-files.ts";

const files = folders.flatMap((folder) => paths(`${folder}/**/*.ts`)).map(readSourceFile);
const isDeployed = ({ path }: SourceFile) => path.startsWith("src/") || path.startsWith("functions/");
const isTest = ({ path }: SourceFile) => path.startsWith("test/");

/** What a file imports although its room may not, as `file: import`. */
function intruders(file: SourceFile): string[] {
  const own = roomOf(file.path);
  const room = own === undefined ? undefined : house[own];
  if (own === undefined || !room) return [`${file.path}: a folder that the table does not know`];
  return file.imports
    .filter(({ from, types }) => {
      const inside = from.startsWith(`${own}/`) && roomOf(from) === own && own !== "functions";
      return !inside && !isListed(from, types ? [...room.imports, ...(room.types ?? [])] : room.imports);
    })
    .map(({ from, types }) => `${file.path}: ${types ? "type of " : ""}${from}`);
}

describe("the reader of source files", () => {
  test("finds an import in every form that TypeScript has", () => {
    const { imports } = readSource(
      "src/requests/odd.ts",
      `import a, { b } from "one";
       import type { C } from "two";
       import { type D, type E } from "./three.ts";
       import { type F, g } from "../grants/four.ts";
       import "five";
       import * as h from 'six';
       export { i } from "seven";
       export type { J } from "eight";
       export * from "nine";
       import k = require("ten");
       const l = await import("eleven"); const m = await import(\`\${l}\`);
       type N = import("twelve").O;
       const o = require("thirteen");
       // import "none"; and none in text either: "import 'none'"`,
    );
    expect(imports).toEqual([
      { from: "one", types: false },
      { from: "two", types: true },
      { from: "src/requests/three.ts", types: true },
      { from: "src/grants/four.ts", types: false },
      { from: "five", types: false },
      { from: "six", types: false },
      { from: "seven", types: false },
      { from: "eight", types: true },
      { from: "nine", types: false },
      { from: "ten", types: false },
      { from: "eleven", types: false },
      { from: "(computed)", types: false },
      { from: "twelve", types: true },
      { from: "thirteen", types: false },
    ]);
  });

  test("tells the outside world from properties of the same name, and a guess from a check", () => {
    const { globals, assertions } = readSource(
      "src/requests/odd.ts",
      `import { fetch as get } from "one"; const now = Date.now(); const today = new Date(); const then = new Date(0); const { env } = process;
       const given = clock.fetch(); const one = { fetch: 1, setTimeout() {} }; pass(setTimeout);
       const two = one as const; const three = one as Two; const four = one!; const five = <Five>one;
       const six = one satisfies Six;`,
    );
    expect(effects.filter((effect) => globals.includes(effect))).toEqual([
      "Date.now",
      "new Date()",
      "process",
      "setTimeout",
    ]);
    expect(assertions).toEqual(["one as Two", "one!", "<Five>one"]);
  });
});

describe("the import table", () => {
  test("every file imports what its folder may import, and nothing else", () => {
    expect(files.flatMap(intruders)).toEqual([]);
  });

  test("turns an intruder away", () => {
    const at = (path: string, source: string) => intruders(readSource(path, source));
    expect(at("src/requests/x.ts", 'import { Jira } from "../jira/jira.ts";')).toEqual([
      "src/requests/x.ts: src/jira/jira.ts",
    ]);
    expect(at("src/jira/x.ts", 'import { moment } from "../requests/comment.ts";')).toHaveLength(1);
    expect(at("src/jira/x.ts", 'import type { Comment } from "../requests/comment.ts";')).toEqual([]);
    expect(at("src/grants/x.ts", 'import middy from "@middy/core";')).toHaveLength(1);
    expect(at("functions/x.ts", 'import { on } from "./hold-access.ts";')).toHaveLength(1);
    expect(at("src/helpers/x.ts", "")).toHaveLength(1);
    expect(at("src/requests/deep/x.ts", "")).toHaveLength(1);
    expect(at("local/x/y.ts", "")).toHaveLength(1);
  });

  test("what is listed is used: the table does not allow more than there is", () => {
    const needed = Object.entries(house).filter(
      ([room, { imports }]) => !business.includes(room) && !imports.includes("*"),
    );
    const idle = needed.flatMap(([room, { imports, types = [] }]) => {
      const from = files.filter(({ path }) => roomOf(path) === room).flatMap((file) => file.imports);
      return [...imports, ...types]
        .filter((entry) => !from.some((one) => isListed(one.from, [entry])))
        .map((entry) => `${room}: ${entry}`);
    });
    expect(idle).toEqual([]);
  });

  test("time, chance, the network and the process are reached in the rooms for them only", () => {
    const reached = files.filter(isDeployed).flatMap(({ path, globals }) => {
      const allowed = house[roomOf(path) ?? ""]?.globals ?? [];
      return effects
        .filter((effect) => globals.includes(effect) && !allowed.includes(effect))
        .map((effect) => `${path}: ${effect}`);
    });
    expect(reached).toEqual([]);
  });

  test("no two files need each other to start", () => {
    const needs = new Map(
      files.map(({ path, imports }) => [path, imports.filter(({ types }) => !types).map(({ from }) => from)]),
    );
    const circles: string[] = [];
    const done = new Set<string>();
    const walk = (path: string, way: string[]) => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
      if (done.has(path) || way.includes(path)) return;
      for (const next of needs.get(path) ?? []) walk(next, [...way, path]);
      done.add(path);
    };
    for (const path of needs.keys()) walk(path, []);
    expect(circles).toEqual([]);
  });
});

describe("files", () => {
  test("are short enough to be read: 30 lines for a function, 400 for the rest", () => {
    const long = files.filter(
      (file) => !isTest(file) && file.lines > (file.path.startsWith("functions/") ? 30 : 400),
    );
    expect(long.map(({ path, lines }) => `${path}: ${lines} lines`)).toEqual([]);
  });

  test("are named in kebab-case, by a noun of the field, never by a kind of code", () => {
    const vague =
      /(^|[-/])(utils?|helpers?|commons?|managers?|miscs?|datas?|infos?|shared|libs?|dtos?|interfaces|models)([-/.]|$)/;
    expect("src/jira/issue-helpers.ts").toMatch(vague);
    for (const { path } of files) {
      expect(path).toMatch(/^([a-z0-9-]+\/)+[a-z0-9-]+(\.test|\.proof|\.d)?\.ts$/);
      expect(path).not.toMatch(vague);
    }
  });

  test("export what is their own: no barrels", () => {
    expect(files.flatMap(({ path, reExports }) => reExports.map((text) => `${path}: ${text}`))).toEqual([]);
  });

  test("check what they are given instead of asserting its type", () => {
    const guesses = files
      .filter((file) => !isTest(file))
      .flatMap(({ path, assertions }) => assertions.map((assertion) => `${path}: ${assertion}`));
    expect(guesses).toEqual([]);
  });
});

describe("functions", () => {
  const names = paths("functions/*").map((path) => path.slice("functions/".length, -".ts".length));

  test("are one file each, and that file has a bundle, an environment and a Lambda of its own", () => {
    const lambdas = resourcesOf("AWS::Lambda::Function").map(([, { FunctionName }]) =>
      String(FunctionName).replace("latchkey-local-", ""),
    );
    expect(functionNames.toSorted()).toEqual(names);
    expect(Object.keys(environments).toSorted()).toEqual(names);
    expect(lambdas.toSorted()).toEqual(names);
  });

  test.each(names)("%s has the form of its siblings, and is named like its use case", (name) => {
    const path = `functions/${name}.ts`;
    const { exports, imports } = readSourceFile(path);
    const useCase = paths(`src/*/${name}.ts`);
    expect(useCase).toHaveLength(1);
    expect(imports).toContainEqual({ from: useCase[0], types: false });
    const camel = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    expect(readSourceFile(String(useCase[0])).exports).toContain(camel);
    expect(exports).toEqual(expect.arrayContaining(["on", "handler"]));
    // The one on the waiting path does without the schema library and the middleware, so without `defineFunction`.
    if (name === "receive-webhook") return;
    expect(text(path)).toContain(
      `export const { on, handler, event } = defineFunction({\n  name: "${name}",\n  event: `,
    );
    expect(text(path)).toContain(`environments["${name}"]`);
    expect(text(path).match(/environments\[/g)).toHaveLength(1);
  });
});
