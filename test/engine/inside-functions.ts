import { readFileSync } from "node:fs";

// Loaded into the functions before their code (`NODE_OPTIONS`), so that the template can stay as it is: it does what the name system
// and the passing of time do elsewhere. The addresses of Jira and JumpCloud lead to the simulated ones, Step Functions is the local
// runtime's, and the time is the test's.

const { SIMULATED_ADDRESSES = "{}", STEP_FUNCTIONS_URL = "", SKIPPED_TIME_FILE = "" } = process.env;
const addresses = Object.entries(JSON.parse(SIMULATED_ADDRESSES) as Record<string, string>);

const fetchAsIs = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  if (input instanceof Request) {
    const isForStates = input.headers.get("x-amz-target")?.startsWith("AWSStepFunctions.");
    if (!isForStates) return fetchAsIs(input, init);
    const { method, headers, signal } = input;
    return fetchAsIs(STEP_FUNCTIONS_URL, { method, headers, signal, body: await input.text() });
  }
  const given = String(input);
  const [from = "", to = ""] = addresses.find(([address]) => given.startsWith(address)) ?? [];
  return fetchAsIs(to + given.slice(from.length), init);
};

const realNow = Date.now;
const now = () => realNow() + Number(readFileSync(SKIPPED_TIME_FILE, "utf8"));
globalThis.Date = new Proxy(Date, {
  construct: (target, given: unknown[], newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
});
Date.now = now;
