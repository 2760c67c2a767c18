import { expect, test } from "vitest";
import { openJumpCloud, person } from "./open-jumpcloud.ts";

const jobs = "/api/v2/bulk/userstates";
const alice = person("alice.moreau");
const friday = "2026-01-09T17:00:00.000Z";
const untilFriday = Date.parse(friday) - Date.UTC(2026, 0, 5, 9, 30);

test("a scheduled suspension happens at its date, and is then no longer scheduled", async () => {
  const { send, clock, happened } = await openJumpCloud();
  const body = { user_ids: [alice], state: "SUSPENDED", start_date: friday };
  const scheduled = await send("POST", jobs, body);
  expect(scheduled).toMatchObject({
    status: 201,
    body: [{ systemUserId: alice, state: "SUSPENDED", scheduledDate: friday }],
  });
  await clock.advance(untilFriday - 1);
  expect((await send("GET", `/api/systemusers/${alice}`)).body.state).toBe("ACTIVATED");
  expect((await send("GET", `${jobs}?userid=${alice}`)).body).toEqual(scheduled.body);
  await clock.advance(1);
  expect((await send("GET", `/api/systemusers/${alice}`)).body).toMatchObject({
    state: "SUSPENDED",
    suspended: true,
  });
  expect((await send("GET", jobs)).body).toEqual([]);
  expect(happened.map(({ type, by }) => [type, by])).toEqual([
    ["suspension scheduled", "read-and-write key"],
    ["user suspended", "JumpCloud"],
  ]);
});

test("a staged person is activated on the first day, with the mail that was chosen", async () => {
  const { send, clock, happened } = await openJumpCloud();
  const staged = { username: "maya", email: "maya@fernhill.example", state: "STAGED" };
  const { body: maya } = await send("POST", "/api/systemusers", staged);
  const override = { activation_email_override: "maya@home.example" };
  await send("POST", jobs, { user_ids: [maya._id], state: "ACTIVATED", start_date: friday, ...override });
  await clock.advance(untilFriday);
  expect((await send("GET", `/api/systemusers/${maya._id}`)).body.state).toBe("ACTIVATED");
  expect(happened.at(-1)).toMatchObject({ type: "activation mail sent", mail: { to: "maya@home.example" } });
});

test("a scheduled activation can be silent, and lifts a suspension", async () => {
  const { send, clock, happened } = await openJumpCloud();
  const silent = { send_activation_emails: false };
  await send("POST", jobs, {
    user_ids: [person("tomas.ruiz")],
    state: "ACTIVATED",
    start_date: friday,
    ...silent,
  });
  await clock.advance(untilFriday);
  expect(happened.map(({ type }) => type)).toEqual(["activation scheduled", "user unsuspended"]);
});

test("the same schedule twice makes two jobs, and both can be called off", async () => {
  const { send, clock } = await openJumpCloud();
  const body = { user_ids: [alice], state: "SUSPENDED", start_date: friday };
  const first = await send("POST", jobs, body);
  const second = await send("POST", jobs, body);
  expect((await send("GET", jobs)).body).toEqual([...first.body, ...second.body]);
  for (const { body } of [first, second])
    expect((await send("DELETE", `${jobs}/${body[0].scheduledJobId}`)).status).toBe(204);
  expect((await send("DELETE", `${jobs}/${first.body[0].scheduledJobId}`)).status).toBe(404);
  await clock.advance(untilFriday);
  expect((await send("GET", `/api/systemusers/${alice}`)).body.state).toBe("ACTIVATED");
});

test("the next changes of some people are at most one of each kind", async () => {
  const { send } = await openJumpCloud();
  const schedule = (state: string, day: number) =>
    send("POST", jobs, { user_ids: [alice], state, start_date: `2026-02-0${day}T00:00:00Z` });
  await schedule("SUSPENDED", 3);
  await schedule("SUSPENDED", 2);
  await schedule("ACTIVATED", 4);
  const next = await send("GET", `${jobs}/eventlist/next?users=${alice},${person("tariq.aziz")}`);
  expect(next.body).toMatchObject({
    events_count: 2,
    results: [
      { state: "SUSPENDED", scheduledDate: "2026-02-02T00:00:00.000Z" },
      { state: "ACTIVATED", scheduledDate: "2026-02-04T00:00:00.000Z" },
    ],
  });
  expect((await send("GET", `${jobs}/eventlist/next`)).status).toBe(400);
});

test("the jobs of a deleted person are gone", async () => {
  const { send, clock } = await openJumpCloud();
  await send("POST", jobs, { user_ids: [alice], state: "SUSPENDED", start_date: friday });
  await send("DELETE", `/api/systemusers/${alice}`);
  expect((await send("GET", jobs)).body).toEqual([]);
  await clock.advance(untilFriday);
});

test.each([
  ["a date in the past", { state: "SUSPENDED", start_date: "2026-01-01T00:00:00Z" }],
  ["no date", { state: "SUSPENDED", start_date: "Friday" }],
  ["another state", { state: "STAGED", start_date: friday }],
  ["a mail about a suspension", { state: "SUSPENDED", start_date: friday, send_activation_emails: true }],
  [
    "one address for two people",
    {
      state: "ACTIVATED",
      start_date: friday,
      activation_email_override: "a@b.example",
      user_ids: [alice, person("tariq.aziz")],
    },
  ],
  ["nobody", { state: "SUSPENDED", start_date: friday, user_ids: [] }],
])("a schedule with %s is refused", async (_, body) => {
  const { send } = await openJumpCloud();
  expect((await send("POST", jobs, { user_ids: [alice], ...body })).status).toBe(400);
  expect((await send("GET", jobs)).body).toEqual([]);
});

test("a schedule for somebody who is not there is a 404, and schedules nobody", async () => {
  const { send } = await openJumpCloud();
  const user_ids = [alice, "000000000000000000000000"];
  expect((await send("POST", jobs, { user_ids, state: "SUSPENDED", start_date: friday })).status).toBe(404);
  expect((await send("GET", jobs)).body).toEqual([]);
});
