import type { Canaries } from "./canaries.ts";
import type { Answer, Tamper } from "./planted-world.ts";

/** What other systems answer in their bad moments, with canaries in it. */
const badAnswers: Record<string, (answer: Answer, at: () => string) => Answer> = {
  "a page of a server in trouble": (_, at) => ({
    status: 500,
    headers: { "content-type": "text/html", "x-debug": at() },
    body: `<!doctype html><title>${at()}</title>`,
  }),
  "a refusal": (_, at) => ({
    status: 403,
    headers: { "content-type": "application/json", "www-authenticate": `Bearer realm="${at()}"` },
    body: JSON.stringify({ errorMessages: [at()], errors: { field: at() }, message: at(), [at()]: at() }),
  }),
  "another shape": (answer, at) => ({ ...answer, body: reshaped(answer.body, at) }),
  "words in place of lists and numbers": (answer, at) => ({ ...answer, body: worded(answer.body, at) }),
  "half of it": (answer, at) => ({ ...answer, body: `{"message": "${at()}` }),
  "a way to somewhere else": (_, at) => ({
    status: 302,
    headers: { location: `https://${at()}.example/${at()}` },
    body: at(),
  }),
  "too many calls": (_, at) => ({
    status: 429,
    headers: { "retry-after": at(), "x-ratelimit-reset": at() },
    body: at(),
  }),
  "a wrong request": (_, at) => ({
    status: 400,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ errorMessages: [at()], errors: { [at()]: at() } }),
  }),
};
const kinds = Object.entries(badAnswers);
export const kindsOfBadAnswers = kinds.length;

function reshaped(body: string, at: () => string): string {
  if (!/^\s*[[{]/.test(body)) return `{"${at()}": "${at()}"}`;
  const changed: unknown = JSON.parse(body, (_, value: unknown) =>
    typeof value === "string" ? { [at()]: at() } : value,
  );
  return JSON.stringify(changed);
}

/** Of the outermost members, or items, those that are no texts become such. */
function worded(body: string, at: () => string): string {
  if (!/^\s*[[{]/.test(body)) return `"${at()}"`;
  const whole: unknown = JSON.parse(body);
  if (Array.isArray(whole)) return JSON.stringify(whole.map(at));
  const members = Object.entries(whole as object).map(([name, one]) => [
    name,
    typeof one === "string" ? one : at(),
  ]);
  return JSON.stringify(Object.fromEntries(members));
}

/**
 * Makes one of several answers to each kind of call bad, in every way in turn.
 *
 * @param oneOf of how many
 */
export function badNowAndThen(canaries: Canaries, oneOf: number) {
  const counts = new Map<string, number>();
  const given = new Set<string>();
  let isOn = true;
  const tamper: Tamper = (system, method, path, answer) => {
    const call = `${system}: ${method} ${path.replaceAll(/[0-9a-f]{24}|[A-Z]+-\d+|\d{3,}/g, "…")}`;
    if (!isOn || path.endsWith("/token")) return undefined;
    const count = counts.get(call) ?? 0;
    counts.set(call, count + 1);
    if (count % oneOf !== oneOf - 1) return undefined;
    const [name, make] = kinds[Math.floor(count / oneOf) % kinds.length] ?? kinds[0] ?? ["", undefined];
    given.add(`${call}: ${name}`);
    return make?.(answer, () => canaries.at(`${call}, answered with ${name}`));
  };
  return {
    tamper,
    /** Each kind of call with each way in which it was answered badly. */
    given,
    calls: counts,
    stop: () => {
      isOn = false;
    },
  };
}
