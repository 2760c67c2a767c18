import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import * as errors from "../../src/errors.ts";

const pages = globSync([
  "README.md",
  "docs/**/*.md",
  "{statemachines,policy}/README.md",
  "local/**/README.md",
]);
const decisions = pages.filter((page) => dirname(page) === join("docs", "decisions")).sort();
const textOf = new Map(pages.map((page) => [page, readFileSync(page, "utf8")]));
const sources = globSync(["{functions,src,infra,cli,local,statemachines,policy}/**/*.{ts,json,yaml}"]);

/** What the pages say outside of blocks of code. */
function proseOf(page: string): string {
  return (textOf.get(page) ?? "").replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");
}

function headingsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
}

/** The name that a heading has in a link, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** Everything that a pattern's first group finds in the pages, as `page: found`. */
function found(pattern: RegExp, where: (page: string) => string): { page: string; name: string }[] {
  return pages.flatMap((page) => [...where(page).matchAll(pattern)].map(([, name = ""]) => ({ page, name })));
}

test("every relative link leads to a file, and to a heading of it", () => {
  const links = found(/\]\(([^)\s]+)\)/g, proseOf).filter(({ name }) => !name.startsWith("https://"));
  expect(links.length).toBeGreaterThan(80);
  const broken = links.filter(({ page, name }) => {
    const [path = "", anchor] = name.split("#");
    const target = path === "" ? page : join(dirname(page), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !headingsOf(target).map(anchorOf).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test("every npm script that a page names is there", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const named = found(/npm run (?:-s )?([\w:-]+)/g, (page) => textOf.get(page) ?? "");
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
});

test("every file or folder of the project that a page names in passing is there", () => {
  const named = found(
    /`((?:functions|src|infra|cli|local|test|docs|policy|statemachines)\/[^`\s]*)`/g,
    proseOf,
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ name }) => !existsSync(name))).toEqual([]);
});

test("every page that the code names is there, with the heading that it names", () => {
  const named = sources.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/(docs\/[\w/-]+\.md)(?:, “([^”$]+)”)?/g)].map(
      ([, page = "", heading]) => ({ file, page, heading }),
    ),
  );
  expect(named.length).toBeGreaterThan(3);
  const missing = named.filter(
    ({ page, heading }) =>
      !existsSync(page) || (heading !== undefined && !headingsOf(page).includes(heading)),
  );
  expect(missing).toEqual([]);
});

test("every alarm has its heading in docs/operations.md", () => {
  const alarms = readFileSync("infra/constructs/alarms.ts", "utf8");
  const runbooks = [...alarms.matchAll(/runbook: "([^"]+)"/g)].map(([, heading]) => heading);
  expect(runbooks.length).toBeGreaterThanOrEqual(9);
  expect(headingsOf("docs/operations.md")).toEqual(expect.arrayContaining(runbooks));
});

test("every error that an operator can be told has its heading in docs/operations.md", () => {
  const names = kindsOf(errors.UpstreamError, errors.SetupError);
  expect(names.length).toBeGreaterThan(10);
  expect(headingsOf("docs/operations.md")).toEqual(expect.arrayContaining(names));
});

test("every refusal, and every reason to turn a webhook away, is named in docs/operations.md", () => {
  const names = kindsOf(errors.RefusedError, errors.RejectedWebhookError);
  expect(names.length).toBeGreaterThan(10);
  const page = proseOf("docs/operations.md");
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

/** The names of the errors of these families. */
function kindsOf(...families: { name: string }[]): string[] {
  return Object.entries(errors).flatMap(([name, kind]) =>
    families.some((family) => Object.getPrototypeOf(kind) === family) ? [name] : [],
  );
}

test("every runtime dependency has its reason in docs/decisions/0003-dependencies.md, and no other has", () => {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const table = proseOf(join("docs", "decisions", "0003-dependencies.md")).matchAll(/^\| `([^`]+)` \|/gm);
  expect([...table].map(([, name]) => name).sort()).toEqual(Object.keys(dependencies).sort());
});

test("the README has 150 lines at most", () => {
  expect(linesOf("README.md")).toBeLessThanOrEqual(150);
});

test("decisions are numbered one after the other, have their three parts, and 40 lines at most", () => {
  expect(decisions.length).toBeGreaterThan(10);
  for (const [index, page] of decisions.entries()) {
    const number = index + 1;
    expect(page).toContain(`${String(number).padStart(4, "0")}-`);
    const [title, ...parts] = headingsOf(page);
    expect(title).toMatch(new RegExp(`^${number}\\. `));
    expect(parts, page).toEqual(["Context", "Decision", "Consequences"]);
    expect(linesOf(page), page).toBeLessThanOrEqual(40);
  }
});

function linesOf(page: string): number {
  return (textOf.get(page) ?? "").trimEnd().split("\n").length;
}
