import { expect, test } from "vitest";
import { openJumpCloud, person } from "./open-jumpcloud.ts";

const newcomer = { username: "maya.lindgren", email: "maya.lindgren@fernhill.example" };
const path = (login: string) => `/api/systemusers/${person(login)}`;

test("a new person starts in the organisation's default state and is mailed to activate the account", async () => {
  const { send, happened } = await openJumpCloud();
  const created = await send("POST", "/api/systemusers", {
    ...newcomer,
    alternateEmail: "maya@home.example",
  });
  expect(created).toMatchObject({ status: 200, body: { ...newcomer, state: "ACTIVATED", activated: false } });
  expect(created.body._id).toMatch(/^[0-9a-f]{24}$/);
  expect(happened.map(({ type, mail }) => [type, mail])).toEqual([
    ["user created", undefined],
    ["activation mail sent", { kind: "activation", to: "maya@home.example" }],
  ]);
});

test("a staged person is not mailed until activated, and then as asked", async () => {
  const { send, happened } = await openJumpCloud();
  const staged = { ...newcomer, state: "STAGED", password: "correct horse battery" };
  const { body: user } = await send("POST", "/api/systemusers", staged);
  expect(user).toMatchObject({ state: "STAGED", suspended: false, activated: true });
  expect(user.password).toBeUndefined();
  const activate = `/api/systemusers/${user._id}/state/activate`;
  expect((await send("POST", activate, { email: "maya@home.example" })).status).toBe(200);
  expect(happened.map(({ type }) => type)).toEqual([
    "user created",
    "user activated",
    "activation mail sent",
  ]);
  expect(happened.at(-1)?.mail).toEqual({ kind: "welcome", to: "maya@home.example" });
  expect((await send("POST", activate, { email: false })).status).toBe(409);
});

test("username, e-mail and employee number are taken only once, and a duplicate is a 400 like any other mistake", async () => {
  const { send } = await openJumpCloud();
  const create = (body: object) => send("POST", "/api/systemusers", body);
  expect((await create(newcomer)).status).toBe(200);
  expect((await create(newcomer)).status).toBe(400);
  expect((await create({ ...newcomer, username: "other" })).body.message).toContain("email");
  expect((await create({ ...newcomer, email: "other@fernhill.example" })).body.message).toContain("username");
  const numbered = { username: "third", email: "third@fernhill.example", employeeIdentifier: "FR-0001" };
  expect(await create(numbered)).toMatchObject({
    status: 400,
    body: { code: 400, status: "INVALID_ARGUMENT", details: [] },
  });
  expect((await send("PUT", path("alice.moreau"), { email: newcomer.email })).status).toBe(400);
  expect((await create({ username: "third" })).status).toBe(400);
  expect((await create({ username: "third", email: "nowhere" })).status).toBe(400);
});

test("the same address in other letter case makes a second person, unless the organisation is in the mood to mind", async () => {
  const { send, moods } = await openJumpCloud();
  const shouted = { username: "alice2", email: "Alice.Moreau@fernhill.example" };
  const created = await send("POST", "/api/systemusers", shouted);
  expect(created.status).toBe(200);
  const filter = { and: [{ email: { $regex: "(?i)(^alice\\.moreau@fernhill\\.example$)" } }] };
  const found = await send("POST", "/api/search/systemusers", { filter });
  expect(found.body.totalCount).toBe(2);
  await send("DELETE", `/api/systemusers/${created.body._id}`);
  moods.emailsUniqueIgnoringCase = true;
  expect((await send("POST", "/api/systemusers", shouted)).status).toBe(400);
});

test("an update changes only what it sends, replaces lists whole, and clears with null", async () => {
  const { send, happened } = await openJumpCloud();
  const two = [
    { name: "badge", value: "1" },
    { name: "desk", value: "2" },
  ];
  await send("PUT", path("alice.moreau"), { attributes: two });
  const { body } = await send("PUT", path("alice.moreau"), {
    attributes: [{ name: "desk", value: "3" }],
    department: "Data",
    manager: null,
    favouriteColour: "green",
  });
  expect(body).toMatchObject({
    department: "Data",
    firstname: "Alice",
    attributes: [{ name: "desk", value: "3" }],
  });
  expect([body.manager, body.favouriteColour]).toEqual([undefined, undefined]);
  expect((await send("GET", `${path("alice.moreau")}?fields=department`)).body).toEqual({
    _id: person("alice.moreau"),
    department: "Data",
  });
  const changed = happened.at(-1);
  expect(changed).toMatchObject({
    type: "user changed",
    by: "read-and-write key",
    user: { username: "alice.moreau" },
  });
  expect(changed?.changes).toContainEqual({ field: "department", from: "Engineering", to: "Data" });
});

test("an update with the same values again changes nothing and tells nothing", async () => {
  const { send, happened } = await openJumpCloud();
  const change = { department: "Data", state: "SUSPENDED", suspended: true };
  await send("PUT", path("alice.moreau"), change);
  const told = happened.length;
  expect(told).toBe(2);
  expect((await send("PUT", path("alice.moreau"), change)).status).toBe(200);
  expect(happened).toHaveLength(told);
});

test.each([
  ["a text for a truth value", { sudo: "true" }],
  ["a list for an object", { mfa: [] }],
  ["a return to STAGED", { state: "STAGED" }],
  ["a manager who is not there", { manager: "000000000000000000000000" }],
  ["a manager by name", { manager: "Jonas Bergmann" }],
  ["a state that contradicts suspended", { state: "ACTIVATED", suspended: true }],
  ["a short password", { password: "short" }],
])("an update with %s is refused and changes nothing", async (_, change) => {
  const { send } = await openJumpCloud();
  const before = await send("GET", path("alice.moreau"));
  expect((await send("PUT", path("alice.moreau"), { department: "Data", ...change })).status).toBe(400);
  expect((await send("GET", path("alice.moreau"))).body).toEqual(before.body);
});

test("where the real behaviour is unknown, the moods decide: managers by name, contradictory states", async () => {
  const { send, moods } = await openJumpCloud();
  moods.managerChecked = false;
  moods.contradictoryState = "state wins";
  const odd = { manager: "Jonas Bergmann", state: "SUSPENDED", suspended: false };
  expect((await send("PUT", path("alice.moreau"), odd)).body).toMatchObject({
    manager: "Jonas Bergmann",
    state: "SUSPENDED",
    suspended: true,
  });
});

test("suspending and unsuspending keep state and suspended in step, and the memberships", async () => {
  const { send, happened } = await openJumpCloud();
  expect((await send("POST", `${path("tariq.aziz")}/state/suspend`)).status).toBe(200);
  expect((await send("GET", path("tariq.aziz"))).body).toMatchObject({ state: "SUSPENDED", suspended: true });
  const groups = await send("GET", `/api/v2/users/${person("tariq.aziz")}/memberof`);
  expect(groups.body.length).toBeGreaterThan(3);
  expect((await send("PUT", path("tariq.aziz"), { suspended: false })).body).toMatchObject({
    state: "ACTIVATED",
  });
  expect(happened.map(({ type }) => type)).toEqual(["user suspended", "user unsuspended"]);
});

test("suspending again, and activating the suspended, answer as the moods say", async () => {
  const { send, moods } = await openJumpCloud();
  expect((await send("POST", `${path("tomas.ruiz")}/state/suspend`)).status).toBe(409);
  expect((await send("POST", `${path("tomas.ruiz")}/state/activate`)).status).toBe(409);
  moods.stateAlreadySo = 200;
  moods.activateSuspended = 200;
  expect((await send("POST", `${path("tomas.ruiz")}/state/suspend`)).status).toBe(200);
  expect((await send("POST", `${path("tomas.ruiz")}/state/activate`)).status).toBe(200);
  expect((await send("GET", path("tomas.ruiz"))).body.state).toBe("ACTIVATED");
});

test("a lock is set by an update and lifted by unlocking, as often as one likes", async () => {
  const { send, happened } = await openJumpCloud();
  const locked = await send("PUT", path("alice.moreau"), { account_locked: true });
  expect(locked.body).toMatchObject({
    account_locked: true,
    account_locked_date: "2026-01-05T09:30:00.000Z",
  });
  expect((await send("POST", `${path("alice.moreau")}/unlock`)).status).toBe(200);
  expect((await send("POST", `${path("alice.moreau")}/unlock`)).status).toBe(200);
  expect((await send("GET", path("alice.moreau"))).body.account_locked).toBe(false);
  expect(happened.map(({ type }) => type)).toEqual(["user locked", "user unlocked"]);
});

test("expiring a password and asking for a password mail send a mail each time", async () => {
  const { send, happened } = await openJumpCloud();
  await send("POST", `${path("alice.moreau")}/expire`);
  await send("POST", `${path("alice.moreau")}/expire`);
  expect((await send("GET", path("alice.moreau"))).body.password_expired).toBe(true);
  await send("POST", `${path("alice.moreau")}/reactivate`, { email: "alice@home.example" });
  expect(happened.filter(({ mail }) => mail).map(({ mail }) => mail)).toEqual([
    { kind: "password expired", to: "alice.moreau@fernhill.example" },
    { kind: "password expired", to: "alice.moreau@fernhill.example" },
    { kind: "password reset", to: "alice@home.example" },
  ]);
  await send("POST", `${path("alice.moreau")}/password`, { password: "a long enough one" });
  expect((await send("GET", path("alice.moreau"))).body).toMatchObject({
    password_expired: false,
    password_date: "2026-01-05T09:30:00.000Z",
  });
});

test("a password that another directory owns can be neither expired nor set, and its fields not written", async () => {
  const { send, moods } = await openJumpCloud();
  const restrictedFields = ["password", "department"].map((field) => ({ field, type: "active_directory" }));
  await send("PUT", `/_simulated/users/${person("alice.moreau")}`, { restrictedFields });
  expect((await send("POST", `${path("alice.moreau")}/expire`)).status).toBe(400);
  expect(
    (await send("POST", `${path("alice.moreau")}/password`, { password: "a long enough one" })).status,
  ).toBe(400);
  expect((await send("PUT", path("alice.moreau"), { department: "Data" })).status).toBe(400);
  expect((await send("PUT", path("alice.moreau"), { location: "Lisbon" })).status).toBe(200);
  moods.restrictedFields = "written";
  expect((await send("PUT", path("alice.moreau"), { department: "Data" })).status).toBe(200);
});

test("resetting MFA wipes the enrollment, a fresh one too, and gives time to enroll again", async () => {
  const { send } = await openJumpCloud();
  const reset = (body?: object) => send("POST", `${path("alice.moreau")}/resetmfa`, body);
  const status = async (): Promise<unknown> =>
    (await send("GET", path("alice.moreau"))).body.mfaEnrollment.overallStatus;
  expect(await status()).toBe("ENROLLED");
  await reset();
  expect(await status()).toBe("NOT_ENROLLED");

  const { mfaEnrollment } = (await send("GET", path("nadia.rahman"))).body;
  await send("PUT", `/_simulated/users/${person("alice.moreau")}`, { mfaEnrollment, totp_enabled: true });
  expect(await status()).toBe("ENROLLED");
  await reset({ exclusion: true, exclusionDays: 2 });
  expect((await send("GET", path("alice.moreau"))).body).toMatchObject({
    totp_enabled: false,
    mfa: { configured: false, exclusion: true, exclusionUntil: "2026-01-07T09:30:00.000Z" },
    mfaEnrollment: { overallStatus: "IN_ENROLLMENT" },
  });
  expect((await reset({ exclusionDays: 0 })).status).toBe(400);
});

test("an action answers OK as JSON or as text, whichever is accepted, or with nothing at all", async () => {
  const { send, moods } = await openJumpCloud();
  const unlock = async (accept: string) => {
    const key = { "x-api-key": "jca_simulated_read_and_write_key", accept };
    const answer = await send("POST", `${path("alice.moreau")}/unlock`, undefined, key);
    return [answer.status, answer.headers.get("content-type"), answer.body];
  };
  expect(await unlock("application/json")).toEqual([200, "application/json", "OK"]);
  expect(await unlock("*/*")).toEqual([200, "text/plain", "OK"]);
  moods.actionAnswer = "text";
  expect(await unlock("application/json")).toEqual([200, "text/plain", "OK"]);
  moods.actionAnswer = "empty";
  expect(await unlock("application/json")).toEqual([200, null, ""]);
});

test("a deleted person is gone with all memberships, and their reports keep the stale manager unless told otherwise", async () => {
  const { send } = await openJumpCloud();
  const manager = async (login: string) => (await send("GET", path(login))).body.manager;
  expect((await send("DELETE", path("mei.chen"))).body.username).toBe("mei.chen");
  expect((await send("DELETE", path("mei.chen"))).status).toBe(404);
  expect((await send("GET", `/api/v2/users/${person("mei.chen")}/memberof`)).status).toBe(404);
  expect(await manager("erik.sandberg")).toBe(person("mei.chen"));

  await send("DELETE", `${path("kate.morrison")}?cascade_manager=null`);
  expect(await manager("liam.byrne")).toBeUndefined();
  await send("DELETE", `${path("jonas.bergmann")}?cascade_manager=${person("dana.kowalski")}`);
  expect(await manager("alice.moreau")).toBe(person("dana.kowalski"));
  expect(
    (await send("DELETE", `${path("carla.mendes")}?cascade_manager=000000000000000000000000`)).status,
  ).toBe(400);
  expect((await send("GET", path("carla.mendes"))).status).toBe(200);
});

test("SSH keys are a bare list that grows and shrinks", async () => {
  const { send } = await openJumpCloud();
  const keys = `${path("alice.moreau")}/sshkeys`;
  const added = await send("POST", keys, { name: "laptop", public_key: "ssh-ed25519 AAAA" });
  expect(added.body).toMatchObject({ name: "laptop", create_date: "2026-01-05T09:30:00.000Z" });
  expect((await send("GET", keys)).body).toEqual([added.body]);
  expect((await send("POST", keys, { name: "no key" })).status).toBe(400);
  expect((await send("DELETE", `${keys}/${added.body._id}`)).status).toBe(200);
  expect((await send("DELETE", `${keys}/${added.body._id}`)).status).toBe(404);
  expect((await send("GET", keys)).body).toEqual([]);
});

test("administrators are another list than people, and a person who is one says so", async () => {
  const { send } = await openJumpCloud();
  const { body } = await send("GET", "/api/users?sort=email");
  expect(body).toMatchObject({
    results: [{ email: "nadia.rahman@fernhill.example" }, { email: "oskar.weiss@fernhill.example" }],
    totalCount: 2,
  });
  expect((await send("GET", path("nadia.rahman"))).body.admin.id).toBe(body.results[0]._id);
  expect((await send("GET", path("alice.moreau"))).body.admin).toBeUndefined();
});

test("what people do without the API can be set, but only in the fields that a user has", async () => {
  const { send } = await openJumpCloud();
  const control = `/_simulated/users/${person("alice.moreau")}`;
  expect(
    (await send("PUT", control, { badLoginAttempts: 6, account_locked: true })).body.badLoginAttempts,
  ).toBe(6);
  expect((await send("PUT", control, { colour: "green" })).body.message).toBe("colour: unknown field");
  expect((await send("PUT", control, { totp_enabled: "yes" })).status).toBe(400);
});
