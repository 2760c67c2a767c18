import { ConditionalCheckFailedException, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { VirtualClock } from "../../local/clock.ts";
import { Database } from "../../local/runtime/database/database.ts";
import { TooManyCallsError } from "../../src/errors.ts";
import { Pace } from "../../src/storage/pace.ts";
import { Table } from "../../src/storage/table.ts";

export type Storm = {
  /** How many functions begin at once, each a tenth of a second after the one before, and how many calls each makes. */
  functions: number;
  calls: number;
  /** Above how many calls a second JumpCloud refuses, after a burst of ten. */
  limit: number;
  /** After how many seconds it refuses nothing any more. */
  limitIsFor?: number;
};

export type Weather = {
  /** When each call was made and when each was refused, in seconds from the beginning. */
  made: number[];
  refused: number[];
  /** By function: when it came, when it made its first call, and when it was done. */
  functions: { came: number; began: number; done: number }[];
  /** How often a function was sent away, to come back later. */
  sentAway: number;
  seconds: number;
};

const definition = {
  logicalId: "Requests",
  constructPath: "Requests",
  arn: "arn:aws:dynamodb:eu-west-1:111111111111:table/requests",
  name: "requests",
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: "sk", KeyType: "RANGE" as const },
  ],
  AttributeDefinitions: ["pk", "sk"].map((name) => ({ AttributeName: name, AttributeType: "S" as const })),
};
const conditionFailed = new ConditionalCheckFailedException({ $metadata: {}, message: "" });

const places = [1, 2, 3, 5, 6];
/** What a call takes. */
const callTime = 150;

/** Functions that call JumpCloud all at once, through one pace in one table, on a clock that is moved by hand. */
export async function storm({
  functions: count,
  calls,
  limit,
  limitIsFor = Infinity,
}: Storm): Promise<Weather> {
  const clock = new VirtualClock(Date.UTC(2026, 10, 20, 9));
  const start = clock.now();
  const seconds = () => (clock.now() - start) / 1_000;
  const database = await Database.open({
    tables: [definition],
    region: "eu-west-1",
    account: "111111111111",
  });
  const send = (command: { constructor: { name: string }; input: object }) =>
    database.handle(command.constructor.name.replace(/Command$/, ""), command.input).catch((error: Error) => {
      throw error.name === "ConditionalCheckFailedException" ? conditionFailed : error;
    });
  const table = new Table({ send } as unknown as DynamoDBClient, "requests");
  const weather: Weather = { made: [], refused: [], functions: [], sentAway: 0, seconds: 0 };
  const bucket = { tokens: 10, at: start };
  const isTooMuch = () => {
    if (seconds() > limitIsFor) return false;
    bucket.tokens = Math.min(10, bucket.tokens + ((clock.now() - bucket.at) / 1_000) * limit);
    bucket.at = clock.now();
    if (bucket.tokens < 1) return true;
    bucket.tokens--;
    return false;
  };
  // The same numbers each time, as if by chance.
  let chance = 7;
  const random = () => {
    chance = (chance * 48_271) % 2_147_483_647;
    return chance / 2_147_483_647;
  };
  const live = async (number: number) => {
    const idle = clock.busy();
    await clock.sleep(number * 100);
    const own = { came: seconds(), began: Number.NaN, done: Number.NaN };
    weather.functions.push(own);
    let pace = new Pace(table, clock, places[number % places.length] ?? 1);
    for (let made = 0, away = 0; made < calls; ) {
      try {
        await pace.next();
      } catch (error) {
        if (!(error instanceof TooManyCallsError)) throw error;
        weather.sentAway++;
        // As the machines do it; the function that comes back is another one.
        await clock.sleep(Math.min(600_000, 60_000 * 2 ** away++) * random());
        pace = new Pace(table, clock, places[number % places.length] ?? 1);
        continue;
      }
      if (Number.isNaN(own.began)) own.began = seconds();
      weather.made.push(seconds());
      const refused = isTooMuch();
      await clock.sleep(callTime);
      if (refused) {
        weather.refused.push(seconds());
        await pace.slowDown();
        await clock.sleep(1_000 * (0.5 + random() / 2));
      } else made++;
    }
    own.done = seconds();
    idle();
  };
  let isOver = false;
  const all = Promise.all(Array.from({ length: count }, (_, number) => live(number))).then(() => {
    isOver = true;
  });
  while (!isOver && (await clock.advanceToNext(3_600_000)));
  await all;
  await database.close();
  weather.seconds = Math.max(...weather.functions.map(({ done }) => done));
  return weather;
}

/** The most calls in any window of that many seconds. */
export function most(times: number[], window: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let first = 0;
  let found = 0;
  for (const [index, time] of sorted.entries()) {
    while ((sorted[first] ?? time) <= time - window) first++;
    found = Math.max(found, index - first + 1);
  }
  return found;
}
