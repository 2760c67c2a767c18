import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, test, vi } from "vitest";
import type { CatalogEntry } from "../../src/catalog/catalog.ts";
import { BusyError, PolicyMissingError, StorageUnavailableError } from "../../src/errors.ts";
import { applyPolicy, planPolicy } from "../../src/policy/apply-policy.ts";
import type { PolicyFiles } from "../../src/policy-files/read-policy-files.ts";
import { BatchWriter } from "../../src/storage/batch-writer.ts";
import { Policies } from "../../src/storage/policies.ts";
import { PolicyVersions } from "../../src/storage/policy-versions.ts";
import { policyWith } from "../support/company-story.ts";
import { openTables } from "../support/database.ts";

const clock = {
  time: 1_000_000,
  now: () => clock.time,
  sleep: async (milliseconds: number) => {
    clock.time += milliseconds;
  },
};

/** An empty catalog, and what it takes to apply files to it. */
async function emptyCatalog() {
  const { client, catalog } = await openTables();
  const batches = new BatchWriter(client, "catalog", clock);
  const send = vi.spyOn(client, "send");
  return {
    send,
    batches,
    policies: new Policies(catalog, clock),
    /** Another function's, which has read nothing yet. */
    reader: () => new Policies(catalog, clock),
    versions: new PolicyVersions(catalog, batches),
  };
}

type Entitlement = PolicyFiles["catalog"]["applications"][number]["entitlements"][number];

function entitlement(files: PolicyFiles, name: string): Entitlement {
  for (const application of files.catalog.applications)
    for (const one of application.entitlements) if (`${application.id}/${one.id}` === name) return one;
  throw new Error(`no entitlement ${name}`);
}

const withApproval = (name: string, approval: string) =>
  policyWith((files) => {
    entitlement(files, name).approval = approval;
  });

const approvalOf = (entries: CatalogEntry[], id: string) =>
  entries.find(({ entitlementId }) => entitlementId === id)?.approval;

describe("the policy in force", () => {
  test("is none before the first is applied", async () => {
    const { reader, policies, versions } = await emptyCatalog();
    await expect(reader().current()).rejects.toThrow(PolicyMissingError);
    await applyPolicy({ policies, versions }, policyWith());
    expect(await reader().current()).toMatchObject({ version: 1 });
    expect(await reader().entries(1)).toHaveLength(21);
  });

  test("stays as it is when nothing changes", async () => {
    const catalog = await emptyCatalog();
    await applyPolicy(catalog, policyWith());
    catalog.send.mockClear();
    expect((await applyPolicy(catalog, policyWith())).version).toBe(1);
    const written = catalog.send.mock.calls.filter(([command]) => /Put|Write/.test(command.constructor.name));
    expect(written).toEqual([]);
  });

  test("comes with each entry as it was in that version", async () => {
    const catalog = await emptyCatalog();
    const files = policyWith();
    await applyPolicy(catalog, files);
    const changed = withApproval("github/developer", "owner");
    changed.catalog.applications.pop();
    await applyPolicy(catalog, changed);
    const { entryForOption, entry, entries } = boundTo(catalog.reader());
    expect(await entryForOption("10201", 1)).toMatchObject({ approval: "manager" });
    expect(await entryForOption("10201", 2)).toMatchObject({ approval: "owner" });
    expect(await entry("server-room/key-card", 1)).toMatchObject({ option: "10221" });
    expect(await entry("server-room/key-card", 2)).toBeUndefined();
    expect(await entryForOption("10221", 2)).toBeUndefined();
    expect(await entryForOption("99999", 2)).toBeUndefined();
    expect(await entries(1)).toHaveLength(21);
    expect(await entries(2)).toHaveLength(20);
  });

  test("does not find an entry by the option that it had before", async () => {
    const catalog = await emptyCatalog();
    await applyPolicy(catalog, policyWith());
    await applyPolicy(
      catalog,
      policyWith((files) => {
        entitlement(files, "github/developer").option = "19999";
      }),
    );
    const { entryForOption } = boundTo(catalog.reader());
    expect(await entryForOption("10201", 2)).toBeUndefined();
    expect(await entryForOption("19999", 2)).toMatchObject({ entitlementId: "github/developer" });
  });

  test("finds the entry that has taken over the option of one that is gone", async () => {
    const catalog = await emptyCatalog();
    await applyPolicy(catalog, policyWith());
    await applyPolicy(
      catalog,
      policyWith((files) => {
        entitlement(files, "github/developer").id = "engineer";
      }),
    );
    const { entryForOption, entry } = boundTo(catalog.reader());
    expect(await entryForOption("10201", 2)).toMatchObject({ entitlementId: "github/engineer" });
    expect(await entry("github/developer", 2)).toBeUndefined();
  });

  test("is read again after a minute", async () => {
    const catalog = await emptyCatalog();
    await applyPolicy(catalog, policyWith());
    const reader = catalog.reader();
    expect((await reader.current()).version).toBe(1);
    await applyPolicy(catalog, withApproval("github/developer", "owner"));
    expect((await reader.current()).version).toBe(1);
    clock.time += 60_001;
    expect((await reader.current()).version).toBe(2);
  });
});

describe("versions are never mixed", () => {
  test("an apply that is killed half-way leaves nothing that a later version shows", async () => {
    const catalog = await emptyCatalog();
    await applyPolicy(catalog, policyWith());
    const put = vi.spyOn(catalog.batches, "putAll").mockImplementationOnce(async (items) => {
      put.mockRestore();
      await catalog.batches.putAll(items);
      throw new Error("killed");
    });
    await expect(applyPolicy(catalog, withApproval("github/developer", "owner"))).rejects.toThrow("killed");
    expect(approvalOf(await catalog.reader().entries(1), "github/developer")).toBe("manager");

    const { version } = await applyPolicy(catalog, withApproval("aws/developer", "owner"));
    const { current, entry, entryForOption, entries } = boundTo(catalog.reader());
    expect(await current()).toMatchObject({ version, abandoned: [2] });
    expect(approvalOf(await entries(version), "github/developer")).toBe("manager");
    expect(approvalOf(await entries(version), "aws/developer")).toBe("owner");
    expect(await entry("github/developer", version)).toMatchObject({ approval: "manager" });
    expect(await entryForOption("10201", version)).toMatchObject({ approval: "manager" });
  });

  test("of two applies at once one comes into force, and nothing of the other", async () => {
    const catalog = await emptyCatalog();
    await applyPolicy(catalog, policyWith());
    const results = await Promise.allSettled([
      applyPolicy(catalog, withApproval("github/developer", "owner")),
      applyPolicy(catalog, withApproval("aws/developer", "owner")),
    ]);
    const [won] = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const [lost] = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(lost).toBeInstanceOf(BusyError);
    if (!won) throw new Error("neither came into force");
    const shown = async (version: number) => {
      const entries = await catalog.reader().entries(version);
      return ["github/developer", "aws/developer"].map((id) => approvalOf(entries, id));
    };
    const [ours] = won.changed.map(({ entry }) => entry.entitlementId);
    const expected = ours === "github/developer" ? ["owner", "manager"] : ["manager", "owner"];
    expect(await shown(won.version)).toEqual(expected);

    const next = await applyPolicy(
      catalog,
      policyWith((files) => {
        for (const id of won.changed.map(({ entry }) => entry.entitlementId))
          entitlement(files, id).approval = "owner";
        files.policy.expiresAfter = "9d";
      }),
    );
    expect(await shown(next.version)).toEqual(expected);
  });

  test("an apply that comes back after it was overtaken can write, and is not seen", async () => {
    const catalog = await emptyCatalog();
    await applyPolicy(catalog, policyWith());
    const put = vi.spyOn(catalog.batches, "putAll").mockImplementationOnce(async (items) => {
      put.mockRestore();
      await applyPolicy(catalog, withApproval("aws/developer", "owner"));
      await catalog.batches.putAll(items);
    });
    await expect(applyPolicy(catalog, withApproval("github/developer", "owner"))).rejects.toThrow(BusyError);
    const { version } = await catalog.reader().current();
    const entries = await catalog.reader().entries(version);
    expect(approvalOf(entries, "github/developer")).toBe("manager");
    expect(approvalOf(entries, "aws/developer")).toBe("owner");
  });
});

describe("many items at once", () => {
  const items = Array.from({ length: 60 }, (_, index) => ({ pk: "MANY", sk: String(index) }));

  test("are all stored, also those that DynamoDB leaves out at first", async () => {
    const { client, catalog } = await openTables();
    let left = 0;
    const send = async (command: BatchWriteItemCommand) => {
      const [first, ...others] = command.input.RequestItems?.catalog ?? [];
      if (!first || others.length === 0) return client.send(command);
      left++;
      await client.send(new BatchWriteItemCommand({ RequestItems: { catalog: others } }));
      return { UnprocessedItems: { catalog: [first] } };
    };
    await new BatchWriter({ send }, "catalog", clock).putAll(items);
    let stored = 0;
    for await (const _ of catalog.query({ expression: "pk = :pk", values: { ":pk": "MANY" } })) stored++;
    expect([stored, left]).toEqual([60, 3]);
  });

  test("fail when DynamoDB goes on leaving them out", async () => {
    const send = async ({ input }: BatchWriteItemCommand) => ({ UnprocessedItems: input.RequestItems });
    const writing = new BatchWriter({ send }, "catalog", clock).putAll(items);
    await expect(writing).rejects.toThrow(StorageUnavailableError);
  });
});

test("a catalog of ten thousand entries is planned and applied, and one entry is found by as few calls as in a small one", async () => {
  const catalog = await emptyCatalog();
  const files = policyWith(({ catalog: { applications } }) => {
    const [model] = applications;
    if (!model) throw new Error("no application");
    for (let index = 0; index < 2_000; index++)
      applications.push({
        ...model,
        id: `application-${index}`,
        entitlements: Array.from({ length: 5 }, (_, level) => ({
          id: `level-${level}`,
          name: `Level ${level}`,
          option: String(100_000 + index * 5 + level),
          groups: ["6a00000000000000000b0001"],
          durations: { permanent: true },
        })),
      });
  });
  await applyPolicy(catalog, files);
  catalog.send.mockClear();
  const again = await planPolicy(catalog, files);
  expect(again).toMatchObject({ version: 1, added: [], changed: [], removed: [] });
  expect(catalog.send.mock.calls.length).toBeLessThan(20);
  const reader = catalog.reader();
  await reader.current();
  catalog.send.mockClear();
  expect(await reader.entryForOption("104321", 1)).toMatchObject({
    entitlementId: "application-864/level-1",
  });
  expect(catalog.send).toHaveBeenCalledTimes(1);
});

/** Methods that can be taken apart. */
function boundTo(policies: Policies) {
  return {
    current: () => policies.current(),
    entry: (id: string, version: number) => policies.entry(id, version),
    entryForOption: (option: string, version: number) => policies.entryForOption(option, version),
    entries: (version: number) => policies.entries(version),
  };
}
