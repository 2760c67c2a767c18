import type { Catcher, FailureHandling, Retrier } from "./definition.ts";
import { Fields } from "./fields.ts";

const mostSeconds = 99_999_999;

export function readFailureHandling(fields: Fields): FailureHandling {
  const entries = (name: string) =>
    fields.has(name)
      ? fields
          .list(name)
          .map((raw, index) => new Fields(raw, `${fields.location}/${name}[${index}]`, fields.problems))
      : [];
  const retry = entries("Retry").map((entry, index, all) => readRetrier(entry, index === all.length - 1));
  const catchers = entries("Catch").map((entry, index, all) => readCatcher(entry, index === all.length - 1));
  return { retry, catch: catchers };
}

function readRetrier(fields: Fields, isLast: boolean): Retrier {
  fields.only(
    "Comment",
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
  );
  return {
    errorEquals: readErrorEquals(fields, isLast),
    intervalSeconds: fields.number("IntervalSeconds", { from: 1, to: mostSeconds, whole: true }) ?? 1,
    maxAttempts: fields.number("MaxAttempts", { from: 0, to: mostSeconds, whole: true }) ?? 3,
    backoffRate: fields.number("BackoffRate", { from: 1, to: Number.MAX_VALUE, whole: false }) ?? 2,
    maxDelaySeconds: fields.number("MaxDelaySeconds", { from: 1, to: 31_622_399, whole: true }),
    jitter: fields.oneOf("JitterStrategy", ["FULL", "NONE"]) === "FULL",
  };
}

function readCatcher(fields: Fields, isLast: boolean): Catcher {
  fields.only("Comment", "ErrorEquals", "Next", "Output", "Assign");
  const sees = { errorOutput: true };
  return {
    errorEquals: readErrorEquals(fields, isLast),
    next: fields.requiredText("Next"),
    output: fields.template("Output", sees),
    assign: fields.assignments("Assign", sees),
  };
}

function readErrorEquals(fields: Fields, isLast: boolean): string[] {
  const list = fields.list("ErrorEquals");
  const names = list.filter((name) => typeof name === "string");
  if (names.length < list.length || (fields.has("ErrorEquals") && list.length === 0))
    fields.refuse("ErrorEquals", "must be an array of at least one error name");
  if (names.includes("States.ALL") && (names.length > 1 || !isLast))
    fields.refuse("ErrorEquals", "names States.ALL, which must stand alone and in the last entry");
  return names;
}
