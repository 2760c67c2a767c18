import { describe, expect, test } from "vitest";
import { modules } from "../../proof/mutants/modules.ts";
import { describeScore, percent, scoreOf } from "../../proof/mutants/report.ts";
import { paths } from "../support/source-files.ts";

type Status = Parameters<typeof scoreOf>[0][number]["status"];
const mutants = (...counts: [Status, number][]) =>
  counts.flatMap(([status, count]) => Array.from({ length: count }, () => ({ status })));

describe("the score of a module", () => {
  test("is how many of its mutants a test notices; one that no test runs survives, one left out does not count", () => {
    const score = scoreOf(
      mutants(["Killed", 5], ["Timeout", 1], ["Survived", 1], ["NoCoverage", 1], ["Ignored", 9]),
    );
    expect(percent(score)).toBe(75);
    expect(describeScore(score)).toBe(
      "75.0 % of 8 (5 killed, 1 timed out, 1 survived, 1 run by no test, 9 left out)",
    );
  });

  test("is none where nothing was changed: that is no proof", () => {
    expect(percent(scoreOf([]))).toBeNaN();
    expect(percent(scoreOf(mutants(["Ignored", 3])))).toBeNaN();
  });
});

test("every file of a module is there, and in one module only", () => {
  const files = Object.values(modules).flat();
  expect(files.filter((file) => !paths("src/*/*.ts").includes(`src/${file}.ts`))).toEqual([]);
  expect(files.filter((file, index) => files.indexOf(file) !== index)).toEqual([]);
});
