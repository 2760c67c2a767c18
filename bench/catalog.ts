import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Connection, connect } from "../cli/connection.ts";
import type { Assembly } from "../local/assembly.ts";
import { RunningClock } from "../local/clock.ts";
import { serve } from "../local/serve.ts";
import type { Catalog, CatalogEntry } from "../src/catalog/catalog.ts";
import { applyPolicy, planPolicy } from "../src/policy/apply-policy.ts";
import { type PolicyFiles, readPolicyFiles } from "../src/policy-files/read-policy-files.ts";
import { askPolicy } from "../src/requests/ask-policy.ts";
import type { FigureGroup } from "./figures.ts";

const large = { applications: 2_000, entitlements: 5 };
const small = { applications: 2, entitlements: 5 };

const pairs = 200;

/** What a large catalog costs: to bring it into force, and to decide one request by it. */
export async function catalogFigures(assembly: Assembly): Promise<FigureGroup> {
  let calls = 0;
  const open = () =>
    serve({
      clock: new RunningClock({ scale: 1 }),
      port: 0,
      awsPort: 0,
      policy: example(),
      assembly,
      onCall: () => {
        calls++;
      },
    });
  const [few, many] = [await open(), await open()];
  try {
    const at = (served: typeof few) => connect({ stage: "local", endpoint: served.runtime.awsUrl });
    await applyPolicy(at(few), withCatalog(small));
    const folder = folderWith(withCatalog(large));
    const [files, reading] = await timed(async () => expectFiles(readPolicyFiles(folder)));
    rmSync(folder, { recursive: true });
    const connection = at(many);
    const [, planning] = await timed(() => planPolicy(connection, files));
    calls = 0;
    const [, applying] = await timed(() => applyPolicy(connection, files));
    const applyCalls = calls;
    calls = 0;
    const [, again] = await timed(() => applyPolicy(connection, files));
    const againCalls = calls;
    const ratio = await decisionRatio(at(few), connection);
    return {
      title: `A catalog of ${large.applications.toLocaleString("en-US")} applications with ${large.entitlements} entitlements each`,
      figures: [
        { name: "Reading and checking the files", measured: reading, unit: "s" },
        { name: "Planning", measured: planning, unit: "s" },
        { name: "Applying all of it", measured: applying, unit: "s", note: `${applyCalls} calls to AWS` },
        {
          name: "Applying it again, unchanged",
          measured: again,
          unit: "s",
          note: `${againCalls} calls to AWS`,
        },
        {
          name: "One decision, against 10 entries",
          measured: ratio,
          unit: "times",
          limit: 1.3,
          note: `${(large.applications * large.entitlements).toLocaleString("en-US")} entries; the median of ${pairs} pairs`,
        },
      ],
    };
  } finally {
    await few.stop();
    await many.stop();
  }
}

/** How much longer finding an entry and deciding by it takes in the larger catalog; each pair one after the other. */
async function decisionRatio(few: Connection, many: Connection): Promise<number> {
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const option = optionOf(pair % small.applications, pair % small.entitlements);
    const [, inFew] = await timed(() => decideOnce(few, option));
    const [, inMany] = await timed(() => decideOnce(many, option));
    ratios.push(inMany / inFew);
  }
  return ratios.toSorted((a, b) => a - b)[pairs / 2] ?? Number.NaN;
}

async function decideOnce({ policies }: Connection, option: string): Promise<void> {
  const applied = await policies.current();
  const entry = await policies.entryForOption(option, applied.version);
  if (!entry) throw new Error(`There is no entry for option ${option}.`);
  const person = {
    userId: "0".repeat(24),
    email: "a@b.example",
    state: "ACTIVATED",
    attributes: {},
  } as const;
  await askPolicy(
    {
      directory: { userByEmail: async () => ({ kind: "none" }), groupsOf: async () => [] },
      catalog: policies,
      standings: { get: () => Promise.reject(new Error("nothing is counted")) },
      requests: { get: () => Promise.reject(new Error("nothing is counted")) },
    },
    applied,
    {
      requestId: "1-1",
      entry,
      requester: person,
      beneficiary: person,
      seconds: 3_600,
      emergency: false,
      at: 0,
    },
  );
}

async function timed<Result>(work: () => Promise<Result>): Promise<[Result, seconds: number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1_000];
}

function optionOf(application: number, entitlement: number): string {
  return String(20_000 + application * 10 + entitlement);
}

function withCatalog(size: typeof large): PolicyFiles {
  const files = example();
  const { separation: _, caps: __, rules: ___, ...policy } = files.policy;
  const catalog: Catalog = {
    applications: Array.from({ length: size.applications }, (_one, application) => ({
      id: `application-${application}`,
      name: `Application ${application}`,
      owner: "owner@fernhill.example",
      status: "approved",
      tags: ["generated"],
      entitlements: Array.from({ length: size.entitlements }, (_other, entitlement) => ({
        id: `level-${entitlement}`,
        name: `Level ${entitlement}`,
        option: optionOf(application, entitlement),
        groups: [(application * 10 + entitlement).toString(16).padStart(24, "0")],
        approval: Object.keys(policy.approvals)[0] ?? "",
        durations: durations(entitlement),
      })),
    })),
  };
  return { ...files, policy, catalog };
}

function durations(entitlement: number): CatalogEntry["durations"] {
  return entitlement === 0 ? { permanent: true } : { default: "4h", max: "7d", permanent: false };
}

function example(): PolicyFiles {
  return expectFiles(readPolicyFiles("policy"));
}

function expectFiles(files: ReturnType<typeof readPolicyFiles>): PolicyFiles {
  if ("problems" in files)
    throw new Error(`The policy files are wrong: ${JSON.stringify(files.problems[0])}`);
  return files;
}

function folderWith({ site, policy: { actions, ...policy }, catalog }: PolicyFiles): string {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-catalog-"));
  for (const [name, content] of Object.entries({ site, policy, catalog, actions }))
    if (content !== undefined) writeFileSync(join(folder, `${name}.yaml`), stringify(content));
  return folder;
}
