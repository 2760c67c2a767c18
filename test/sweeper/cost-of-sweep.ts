import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Database } from "../../local/runtime/database/database.ts";
import type { Call } from "../../src/http/client.ts";
import { Jira } from "../../src/jira/jira.ts";
import { AnyRequest } from "../../src/requests/request.ts";
import { sweepRequests } from "../../src/requests/sweep-requests.ts";
import { Requests } from "../../src/storage/requests.ts";
import { Table } from "../../src/storage/table.ts";
import { request } from "../support/requests.ts";
import { policy, requestType, site } from "../support/use-cases.ts";

/** What one sweep costs. */
export type Cost = {
  queries: number;
  itemsRead: number;
  readUnits: number;
  callsToJira: number;
  doorbells: number;
};

const minute = 60_000;
const now = Date.UTC(2026, 10, 20, 9);

/** What is the same however many requests are open. */
const due = 5;
const changed = 10;

const key = (name: string, kind: "HASH" | "RANGE") => ({ AttributeName: name, KeyType: kind });
const index = (name: string, hash: string, range: string) => ({
  IndexName: name,
  KeySchema: [key(hash, "HASH"), key(range, "RANGE")],
  Projection: { ProjectionType: "ALL" as const },
});

/** The table of requests as the stack has it. */
const definition = {
  logicalId: "Requests",
  constructPath: "Requests",
  arn: "arn:aws:dynamodb:eu-west-1:111111111111:table/requests",
  name: "requests",
  KeySchema: [key("pk", "HASH"), key("sk", "RANGE")],
  AttributeDefinitions: [
    ...["pk", "sk", "openIn", "issueKey"].map((name) => ({
      AttributeName: name,
      AttributeType: "S" as const,
    })),
    ...["nextCheckAt", "generation"].map((name) => ({ AttributeName: name, AttributeType: "N" as const })),
  ],
  GlobalSecondaryIndexes: [index("open", "openIn", "nextCheckAt"), index("byKey", "issueKey", "generation")],
};

/** One sweep over that many open requests, of which five are due, while ten tickets have changed within the last minutes. */
export async function costOfSweep(open: number): Promise<Cost> {
  const cost: Cost = { queries: 0, itemsRead: 0, readUnits: 0, callsToJira: 0, doorbells: 0 };
  const database = await Database.open({
    tables: [definition],
    region: "eu-west-1",
    account: "111111111111",
  });
  const clock = { time: now, now: () => clock.time, sleep: async () => {} };
  const requests = new Requests(new Table(counted(database, cost), "requests"), clock, AnyRequest);
  for (let number = 0; number < open; number++) {
    clock.time = number < due ? now - 30 * minute : now;
    const issueId = String(number + 1);
    await requests.create(
      request("requested", { requestId: `${issueId}-1`, issueId, issueKey: `ACC-${issueId}` }),
    );
  }
  clock.time = now + minute;
  Object.assign(cost, { queries: 0, itemsRead: 0, readUnits: 0 });
  await sweepRequests({
    clock,
    requests,
    policy: { current: async () => ({ version: 3, site, policy }) },
    jira: jiraWith(open, clock, () => cost.callsToJira++),
    queue: { ring: async () => void cost.doorbells++ },
  });
  await database.close();
  return cost;
}

/** DynamoDB in this process, which says what each read costs. */
function counted(database: Database, cost: Cost): DynamoDBClient {
  const send = async (command: { constructor: { name: string }; input: object }) => {
    const operation = command.constructor.name.replace(/Command$/, "");
    const isWrite = operation === "PutItem";
    const answer = (await database.handle(operation, {
      ...command.input,
      ...(isWrite ? {} : { ReturnConsumedCapacity: "TOTAL" }),
    })) as { Items?: unknown[]; ConsumedCapacity?: { CapacityUnits: number } };
    cost.queries++;
    cost.itemsRead += answer.Items?.length ?? 0;
    cost.readUnits += answer.ConsumedCapacity?.CapacityUnits ?? 0;
    return answer;
  };
  return { send } as unknown as DynamoDBClient;
}

/** Jira with a ticket for each request, all open: it answers searches by when tickets were updated. */
function jiraWith(open: number, clock: { now(): number }, called: () => void): Pick<Jira, "changedIssues"> {
  const updatedAt = (number: number) => now - (number < changed ? 10 : 90) * minute;
  const call = async ({ path, body = {} }: Call) => {
    called();
    const {
      jql,
      maxResults,
      nextPageToken = "0",
    } = body as {
      jql: string;
      maxResults: number;
      nextPageToken?: string;
    };
    const minutes = Number(/updated >= -(\d+)m/.exec(jql)?.[1] ?? Number.POSITIVE_INFINITY);
    const found: object[] = [];
    for (let number = 0; number < open; number++)
      if (updatedAt(number) >= clock.now() - minutes * minute) found.push(ticket(number));
    const first = Number(nextPageToken);
    const page = found.slice(first, first + maxResults);
    const rest = first + maxResults < found.length ? { nextPageToken: String(first + maxResults) } : {};
    if (!path.endsWith("/search/jql")) throw new Error(`a sweep does not need ${path}`);
    return { status: 200, headers: new Headers(), text: JSON.stringify({ issues: page, ...rest }) };
  };
  const settings = async () => ({ fieldIds: [], serviceAccount: site.jira.serviceAccount });
  return new Jira({ call } as never, settings);
}

/** A ticket which waits for people, and of which nothing was missed. */
function ticket(number: number): object {
  return {
    id: String(number + 1),
    key: `ACC-${number + 1}`,
    fields: {
      project: { id: requestType.project },
      status: { id: requestType.statuses.waiting[0], statusCategory: { key: "indeterminate" } },
      updated: new Date(now).toISOString(),
      reporter: null,
      [requestType.fields.requestType]: { requestType: { id: requestType.id } },
    },
  };
}
