import { expect, test } from "vitest";
import { keys } from "../../../../local/world/company.ts";
import { group, openJumpCloud, person } from "./open-jumpcloud.ts";

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
const form = { "content-type": "application/x-www-form-urlencoded" };
const grant = "grant_type=client_credentials&scope=api";

test("a call without any key is sent to the login page, which looks like success to whoever follows", async () => {
  const { send } = await openJumpCloud();
  const answer = await send("GET", "/api/systemusers", undefined, {});
  expect([answer.status, answer.headers.get("location")]).toEqual([302, "/login"]);
  const login = await send("GET", "/login", undefined, {});
  expect([login.status, login.headers.get("content-type")]).toEqual([200, "text/html"]);
});

test("a wrong key is a 401", async () => {
  const { send } = await openJumpCloud();
  const answer = await send("GET", "/api/v2/usergroups", undefined, { "x-api-key": "jca_wrong" });
  expect(answer).toMatchObject({ status: 401, body: { message: "api key user not found" } });
});

test("the read-only key may read and search, and gets 403 for every write, also to things that are not there", async () => {
  const { send, jumpcloudGroups } = await opened();
  const reader = { "x-api-key": keys.jumpcloudReadKey };
  expect((await send("GET", "/api/systemusers", undefined, reader)).status).toBe(200);
  expect((await send("POST", "/api/search/systemusers", {}, reader)).status).toBe(200);
  const events = { service: ["all"], start_time: "2026-01-01T00:00:00Z" };
  expect((await send("POST", "/insights/directory/v1/events", events, reader)).status).toBe(200);
  const add = { op: "add", type: "user", id: person("alice.moreau") };
  expect((await send("POST", jumpcloudGroups, add, reader)).status).toBe(403);
  const nobody = "/api/systemusers/000000000000000000000000";
  expect((await send("PUT", nobody, {}, reader)).status).toBe(403);
  expect((await send("PUT", nobody, {})).status).toBe(404);
});

async function opened() {
  const world = await openJumpCloud();
  return { ...world, jumpcloudGroups: `/api/v2/usergroups/${group("github-developers")}/members` };
}

test("a service account trades its secret for a token that works for an hour", async () => {
  const { send, clock } = await openJumpCloud();
  const authorization = basic(keys.jumpcloudClientId, keys.jumpcloudClientSecret);
  const issued = await send("POST", "/oauth2/token", grant, { ...form, authorization });
  expect(issued).toMatchObject({ status: 200, body: { token_type: "bearer", expires_in: 3600 } });
  const bearer = { authorization: `Bearer ${issued.body.access_token}` };
  expect((await send("GET", "/api/systemusers", undefined, bearer)).status).toBe(200);
  expect(
    (await send("POST", `/api/systemusers/${person("alice.moreau")}/unlock`, undefined, bearer)).status,
  ).toBe(200);
  await clock.advance(3_600_000);
  expect((await send("GET", "/api/systemusers", undefined, bearer)).status).toBe(401);
});

test("a token is refused to a wrong secret, another grant and another scope", async () => {
  const { send } = await openJumpCloud();
  const authorization = basic(keys.jumpcloudClientId, keys.jumpcloudClientSecret);
  const wrong = basic(keys.jumpcloudClientId, "guess");
  const ask = (body: string, headers: Record<string, string>) => send("POST", "/oauth2/token", body, headers);
  expect((await ask(grant, { ...form, authorization: wrong })).status).toBe(401);
  expect((await ask(grant, form)).status).toBe(401);
  expect((await ask("grant_type=password&scope=api", { ...form, authorization })).body.error).toBe(
    "unsupported_grant_type",
  );
  expect((await ask("grant_type=client_credentials", { ...form, authorization })).body.error).toBe(
    "invalid_scope",
  );
  expect((await ask(grant, { "content-type": "application/json", authorization })).body.error).toBe(
    "invalid_request",
  );
});

test("the organisation header must name the own organisation, and must not be sent to the organisations", async () => {
  const { send } = await openJumpCloud();
  const key = { "x-api-key": keys.jumpcloudApiKey };
  const own = { ...key, "x-org-id": keys.jumpcloudOrganization };
  expect((await send("GET", "/api/v2/usergroups", undefined, own)).status).toBe(200);
  expect((await send("GET", "/api/v2/usergroups", undefined, { ...key, "x-org-id": "other" })).status).toBe(
    403,
  );
  expect((await send("GET", "/api/organizations", undefined, own)).status).toBe(400);
  expect((await send("GET", "/api/organizations?limit=2", undefined, key)).body).toEqual({
    results: [{ _id: keys.jumpcloudOrganization, displayName: "Fernhill Robotics", logoUrl: "" }],
    totalCount: 1,
  });
  const settings = await send("GET", `/api/organizations/${keys.jumpcloudOrganization}`, undefined, key);
  expect(settings.body.settings.newSystemUserStateDefaults.manualEntry).toBe("ACTIVATED");
  expect((await send("GET", "/api/organizations/000000000000000000000000", undefined, key)).status).toBe(403);
});

test("too many calls within a second are refused without a word on when to come back", async () => {
  const { send, moods, clock } = await openJumpCloud();
  moods.requestsPerSecond = 2;
  const ask = () => send("GET", "/api/users");
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
  const refused = await ask();
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, null]);
  await clock.advance(1000);
  expect((await ask()).status).toBe(200);
});

test("an unknown path says what the simulation lacks, but only to those who may call", async () => {
  const { send } = await openJumpCloud();
  const answer = await send("GET", "/api/v2/workflows");
  expect(answer).toMatchObject({
    status: 404,
    body: { message: "the simulated JumpCloud has no GET /api/v2/workflows" },
  });
  expect((await send("GET", "/api/v2/workflows", undefined, {})).status).toBe(302);
  expect((await send("PATCH", "/api/systemusers")).status).toBe(404);
});
