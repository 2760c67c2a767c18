import { createHash, randomUUID } from "node:crypto";
import jsonata from "jsonata";

const hashNames: Record<string, string> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

/** Most numbers that `$range` gives, as States.ArrayRange. */
const longestRange = 1_000;

/**
 * Gives an expression the functions that AWS adds to JSONata, takes `$eval` away, and makes its time `now`.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
 */
export function addFunctions(expression: jsonata.Expression, now: number): void {
  expression.assign("eval", undefined);
  expression.registerFunction("partition", partition, "<an:a>");
  expression.registerFunction("range", range, "<nnn:a>");
  expression.registerFunction("hash", hash, "<ss:s>");
  expression.registerFunction("random", random, "<n?:n>");
  expression.registerFunction("uuid", () => randomUUID(), "<:s>");
  expression.registerFunction("parse", parse, "<s:j>");
  expression.registerFunction("millis", () => now, "<:n>");
  expression.registerFunction("now", (...picture: string[]) => formatTime(now, picture), "<s?s?:s>");
}

function partition(values: unknown[], size: number): unknown[][] {
  if (!Number.isInteger(size) || size < 1) throw new Error("$partition needs a positive whole size");
  const chunks = Math.ceil(values.length / size);
  return Array.from({ length: chunks }, (_, chunk) => values.slice(chunk * size, (chunk + 1) * size));
}

/** Counts both ends in. AWS gives a JSONata sequence, so a single number comes out bare. */
function range(first: number, last: number, step: number): number[] {
  if (![first, last, step].every(Number.isInteger)) throw new Error("$range needs whole numbers");
  if (step === 0) throw new Error("$range needs a step other than 0");
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > longestRange) throw new Error(`$range gives at most ${longestRange} numbers`);
  const numbers = Array.from({ length }, (_, index) => first + index * step);
  return Object.defineProperty(numbers, "sequence", { value: true, enumerable: false });
}

function hash(text: string, algorithm: string): string {
  const name = hashNames[algorithm];
  if (!name) throw new Error(`$hash knows ${Object.keys(hashNames).join(", ")}, not ${algorithm}`);
  return createHash(name).update(text).digest("hex");
}

/** 0 ≤ n < 1; the same number for the same seed (mulberry32). */
function random(seed?: number): number {
  if (seed === undefined) return Math.random();
  let state = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32;
}

function parse(json: string | undefined): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}

async function formatTime(now: number, [picture, timezone]: string[]): Promise<unknown> {
  return jsonata("$fromMillis($at, $picture, $timezone)").evaluate(undefined, { at: now, picture, timezone });
}
