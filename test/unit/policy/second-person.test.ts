import { describe, expect, test } from "vitest";
import { type AuditEntry, chain, firstBreak } from "../../../src/audit/audit-trail.ts";
import { type CatalogEntry, entriesOf } from "../../../src/catalog/catalog.ts";
import { BusyError } from "../../../src/errors.ts";
import type { Applied } from "../../../src/policy/applied.ts";
import {
  applyAs,
  neverChanged,
  type PolicyChanges,
  protectedChanges,
} from "../../../src/policy/second-person.ts";
import { type PolicyFiles, readPolicyFiles } from "../../../src/policy-files/read-policy-files.ts";

const alice = "arn:aws:sts::123456789012:assumed-role/Admin/alice@fernhill.example";
const bob = "arn:aws:sts::123456789012:assumed-role/Admin/bob@fernhill.example";

function example(change: (files: PolicyFiles) => void = () => {}): PolicyFiles {
  const files = readPolicyFiles("policy");
  if ("problems" in files) throw new Error("the example files are wrong");
  files.policy.secondPerson = { tags: ["sensitive"] };
  change(files);
  return files;
}

/** The example is in force, and two people are needed for what is sensitive. */
function openPolicy() {
  let entries: CatalogEntry[] = entriesOf(example().catalog);
  let applied: Applied = { version: 1, site: example().site, policy: example().policy };
  let log: PolicyChanges = neverChanged;
  const trail: AuditEntry[] = [];
  const world = {
    interrupt: undefined as (() => void) | undefined,
    version: () => applied.version,
    proposal: () => log.proposal,
    entries: () => trail,
    trail: () => {
      expect(firstBreak(trail)).toBeUndefined();
      return trail.map(({ action, by }) => `${action}: ${by.map((arn) => arn.split("/").at(-1)).join(", ")}`);
    },
  };
  const deps: Parameters<typeof applyAs>[0] = {
    clock: { now: () => 1_000, sleep: async () => {} },
    audit: {
      append: async (id, head, draft) => {
        const entry = chain(id, head, draft);
        trail.push(entry);
        return { sequence: entry.sequence, hash: entry.hash };
      },
    },
    policies: { latest: async () => applied, entries: async () => entries },
    versions: {
      apply: async (before, files, changes) => {
        if (before?.version !== applied.version) return undefined;
        const removed = new Set(changes.removed.map(({ entitlementId }) => entitlementId));
        const changed = new Map(changes.changed.map(({ entry }) => [entry.entitlementId, entry]));
        entries = [
          ...entries.filter(({ entitlementId }) => !removed.has(entitlementId)),
          ...changes.added,
        ].map((entry) => changed.get(entry.entitlementId) ?? entry);
        applied = { ...files, version: applied.version + 1 };
        return applied.version;
      },
    },
    policyChanges: {
      get: async () => log,
      save: async (next) => {
        world.interrupt?.();
        if (next.version !== log.version) return undefined;
        log = { ...next, version: next.version + 1 };
        return log;
      },
    },
  };
  return {
    world,
    overtake: () => {
      log = { ...log, version: log.version + 1 };
    },
    passBy: () => {
      applied = { ...applied, version: applied.version + 1 };
    },
    apply: (files: PolicyFiles, by: string) => applyAs(deps, files, by),
  };
}

const later = example(({ policy }) => {
  policy.expiresAfter = "9d";
});
const entitlementOf = ({ catalog }: PolicyFiles, id: string) => {
  const [application, entitlement] = id.split("/");
  const found = catalog.applications
    .find((one) => one.id === application)
    ?.entitlements.find((one) => one.id === entitlement);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};
const moreAws = example((files) => {
  entitlementOf(files, "aws/billing").durations = { permanent: true };
});
const moreFigma = example((files) => {
  entitlementOf(files, "figma/viewer").durations = { default: "1d", permanent: true };
});

describe("a change of the policy itself, or of what is sensitive", () => {
  test.each([
    ["a setting", later, ["policy.expiresAfter"]],
    ["an entitlement with the tag", moreAws, ["aws/billing"]],
    [
      "an entitlement that loses the tag by it",
      example(({ catalog }) => {
        for (const application of catalog.applications) delete application.tags;
      }),
      expect.arrayContaining(["aws/administrator"]),
    ],
    [
      "a sensitive entitlement that goes",
      example(({ catalog }) => {
        catalog.applications = catalog.applications.filter(({ id }) => id !== "aws");
      }),
      ["aws/developer", "aws/administrator", "aws/billing"],
    ],
    [
      "a sensitive entitlement that goes with one that is not",
      example(({ catalog }) => {
        catalog.applications = catalog.applications.filter(({ id }) => id !== "aws" && id !== "notion");
      }),
      ["aws/developer", "aws/administrator", "aws/billing"],
    ],
    [
      "the rule of two people itself",
      example(({ policy }) => {
        delete policy.secondPerson;
      }),
      ["policy.secondPerson"],
    ],
  ])("needs a second person: %s", async (_, files, secondFor) => {
    const { world, apply } = openPolicy();
    expect((await apply(files, alice)).secondFor).toEqual(secondFor);
    expect(world.version()).toBe(1);
    expect((await apply(files, alice)).secondFor).toEqual(secondFor);
    expect(world.version()).toBe(1);
    expect((await apply(files, bob)).secondFor).toEqual([]);
    expect(world.version()).toBe(2);
    expect(world.proposal()).toBeUndefined();
    const both = "alice@fernhill.example, bob@fernhill.example";
    expect(world.trail()).toEqual([
      "policy.proposed: alice@fernhill.example",
      `policy.intended: ${both}`,
      `policy.applied: ${both}`,
    ]);
  });

  test("is only for the very same files: others are a proposal of their own", async () => {
    const { world, apply } = openPolicy();
    await apply(later, alice);
    expect((await apply(moreAws, bob)).secondFor).toEqual(["aws/billing"]);
    expect((await apply(later, bob)).secondFor).toEqual(["policy.expiresAfter"]);
    expect(world.version()).toBe(1);
    await apply(later, alice);
    expect(world.version()).toBe(2);
  });

  test("is not agreed to once another version has come into force", async () => {
    const { world, apply } = openPolicy();
    await apply(later, alice);
    await apply(moreFigma, bob);
    expect(world.version()).toBe(2);
    expect((await apply(later, bob)).secondFor).toEqual(["policy.expiresAfter"]);
    expect(world.version()).toBe(2);
  });

  test("is not agreed to either when that version came into force by other means", async () => {
    const { world, apply, passBy } = openPolicy();
    await apply(later, alice);
    passBy();
    expect((await apply(later, bob)).secondFor).toEqual(["policy.expiresAfter"]);
    expect(world.proposal()).toMatchObject({ base: 2, by: bob });
  });

  test("is not agreed to by the same person in another role", async () => {
    const { world, apply } = openPolicy();
    await apply(later, alice);
    await apply(later, "arn:aws:sts::123456789012:assumed-role/Other/Alice@fernhill.example");
    expect(world.version()).toBe(1);
  });

  test("is proposed or agreed to by one at a time", async () => {
    const { world, apply, overtake } = openPolicy();
    world.interrupt = () => {
      world.interrupt = undefined;
      overtake();
    };
    const failure = await apply(later, alice).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(BusyError);
    expect(failure).toMatchObject({
      message: expect.stringContaining("changes the policy at the same time"),
    });
  });

  test("leaves in the trail which files it was, on which version, and what of them is protected", async () => {
    const { world, apply } = openPolicy();
    await apply(later, alice);
    const { digest } = world.proposal() ?? {};
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(world.proposal()).toEqual({ digest, base: 1, by: alice, at: 1_000 });
    await apply(later, bob);
    expect(world.entries()).toMatchObject([
      { id: "policy.proposed/0", at: 1_000, facts: { digest, base: 1, changes: ["policy.expiresAfter"] } },
      { id: "policy.intended/1", at: 1_000, facts: { digest, base: 1 } },
      { id: "policy.applied/2", at: 1_000, policyVersion: 2, facts: { digest } },
    ]);
  });
});

describe("a change of anything else", () => {
  test("is brought into force by one person, who is written down", async () => {
    const { world, apply } = openPolicy();
    const { changes, secondFor } = await apply(moreFigma, alice);
    expect(secondFor).toEqual([]);
    expect(changes).toMatchObject({ version: 2, changed: [{ entry: { entitlementId: "figma/viewer" } }] });
    expect(world.version()).toBe(2);
    expect(world.trail()).toEqual([
      "policy.intended: alice@fernhill.example",
      "policy.applied: alice@fernhill.example",
    ]);
  });

  test("that is none writes nothing", async () => {
    const { world, apply } = openPolicy();
    const { changes, secondFor } = await apply(example(), alice);
    expect(changes).toMatchObject({ version: 1, added: [], changed: [], removed: [], settings: [] });
    expect([secondFor, world.trail()]).toEqual([[], []]);
  });

  test("is that person's alone, also when somebody else once proposed the same", async () => {
    const { world, apply } = openPolicy();
    await apply(
      example(({ policy }) => delete policy.secondPerson),
      alice,
    );
    await apply(moreFigma, bob);
    expect(world.trail().slice(1)).toEqual([
      "policy.intended: bob@fernhill.example",
      "policy.applied: bob@fernhill.example",
    ]);
  });

  test("is all that there is where no policy is in force, or none that wants two people", () => {
    const changes = { version: 1, added: [], changed: [], removed: [], settings: ["policy.expiresAfter"] };
    expect(protectedChanges(undefined, changes)).toEqual([]);
    const { secondPerson: _, ...alone } = example().policy;
    expect(protectedChanges({ policy: alone }, changes)).toEqual([]);
  });
});
