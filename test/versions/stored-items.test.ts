import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { expect, test } from "vitest";
import storedItems from "../fixtures/stored-items.json" with { type: "json" };
import { openStory, policyWith, type Story } from "../support/company-story.ts";
import { type Path, paths } from "./paths.ts";

/**
 * A request that an earlier version wrote is not only read: the present one goes on with it to its end. The oldest items that are kept in
 * `test/fixtures/stored-items.json` say what such a version knew to write; what it did not is taken off the item while a run waits.
 */

type Item = Record<string, unknown>;

const isItem = (value: unknown): value is Item =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What the store adds to find an item by, and what a run that waits has put there. */
const keys = ["pk", "sk", "openIn", "nextCheckAt", "token"];

/** An item with nothing but what the older one has too. */
function asOldAs(older: Item, item: Item): Item {
  const known = Object.entries(item).filter(([key]) => key in older || keys.includes(key));
  return Object.fromEntries(
    known.map(([key, value]) => {
      const before = older[key];
      return [key, isItem(before) && isItem(value) ? asOldAs(before, value) : value];
    }),
  );
}

function oldest(kind: "request" | "action request", status: string): Item {
  const found = (storedItems[kind] as Item[]).find((item) => item.status === status);
  if (!found) throw new Error(`no ${kind} is kept that is ${status}`);
  return found;
}

/** Rewrites a stored request as an earlier version would have written it; gives the parts that it did not know. */
async function age(
  story: Story,
  id: string,
  kind: "request" | "action request",
  status: string,
): Promise<string[]> {
  const credentials = { accessKeyId: "operator", secretAccessKey: "operator" };
  const database = new DynamoDBClient({ endpoint: story.runtime.awsUrl, region: "eu-west-1", credentials });
  const TableName = story.runtime.resources.tableName("latchkey-local-requests");
  const Key = marshall({ pk: `ISSUE#${id}`, sk: "REQUEST#0001" });
  const { Item = {} } = await database.send(new GetItemCommand({ TableName, Key }));
  const item = unmarshall(Item);
  expect(item.status).toBe(status);
  const aged = asOldAs(oldest(kind, status), item);
  await database.send(new PutItemCommand({ TableName, Item: marshall(aged) }));
  return partsOf(item).filter((part) => !partsOf(aged).includes(part));
}

function partsOf(value: Item, path = ""): string[] {
  return Object.entries(value).flatMap(([key, part]) => [
    path + key,
    ...(isItem(part) ? partsOf(part, `${path}${key}.`) : []),
  ]);
}

const cases: [status: string, kind: "request" | "action request", path: string, step: number, end: string][] =
  [
    ["asked", "request", "granted for a time, and ended", 0, "ended"],
    ["asked", "request", "expired after two reminders", 0, "expired"],
    ["asked", "request", "withdrawn", 0, "withdrawn"],
    ["approved", "request", "granted from a later day on", 1, "ended"],
    ["granted", "request", "granted for a time, and ended", 1, "ended"],
    ["granted", "request", "ended early", 1, "ended"],
    ["failed", "request", "left to an operator, who tries again", 1, "granted"],
    ["asked", "action request", "an account unlocked", 0, "done"],
    ["asked", "action request", "an unlocking declined", 0, "declined"],
  ];

test.each(cases)("an %s %s of an earlier version: %s", async (status, kind, name, at, end) => {
  const path = paths[name] as Path;
  const story = await openStory();
  const ticket = await path.ask(story);
  for (const step of path.steps.slice(0, at)) await step(story, ticket);
  await age(story, ticket.id, kind, status);
  for (const step of path.steps.slice(at)) await step(story, ticket);
  const request = await story.operator.anyRequests.latest(ticket.id);
  expect(request?.status).toBe(end);
  // Its chain is whole, and every entry names its policy.
  await story.trail(ticket.id);
});

test("an earlier version knew less", async () => {
  const story = await openStory();
  const path = paths["granted without an end"] as Path;
  const { id } = await path.ask(story);
  expect(await age(story, id, "request", "asked")).not.toEqual([]);
});

test("a request of an earlier version, which did not keep the name of its approval, is not granted when others must say yes now", async () => {
  const story = await openStory();
  const path = paths["granted for a time, and ended"] as Path;
  const { key, id } = await path.ask(story);
  expect(await age(story, id, "request", "asked")).toContain("pin.approval");
  await story.apply(
    policyWith(({ policy }) => {
      policy.approvals.manager = { stages: [{ ask: ["owner"] }] };
    }),
  );
  await story.decide("jonas.bergmann", key, "approve");
  expect(await story.stored(id)).toMatchObject({ status: "refused" });
});
