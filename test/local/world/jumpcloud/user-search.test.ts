import { expect, test } from "vitest";
import { openJumpCloud, person } from "./open-jumpcloud.ts";

const alice = "alice.moreau@fernhill.example";

async function searching() {
  const { send, ...world } = await openJumpCloud();
  /** The usernames found, or the status when it is not 200. */
  const found = ({ status, body }: Awaited<ReturnType<typeof send>>) =>
    status === 200 ? body.results.map(({ username }: { username: string }) => username) : status;
  const search = async (body: object, query = "") =>
    found(await send("POST", `/api/search/systemusers${query}`, body));
  const list = async (query: string) => found(await send("GET", `/api/systemusers?${query}`));
  return { ...world, send, search, list };
}

test("a person is found by exact address in any letter case through an anchored expression", async () => {
  const { search } = await searching();
  const anchored = "(?i)(^Alice\\.Moreau@fernhill\\.example$)";
  expect(await search({ filter: { and: [{ email: { $regex: anchored } }] } })).toEqual(["alice.moreau"]);
  expect(await search({ filter: { and: [{ email: { $regex: "^Alice" } }] } })).toEqual([]);
  expect(await search({ filter: { and: [{ email: "Alice.Moreau@fernhill.example" }] } })).toEqual([]);
});

test("an address that stands in an expression unescaped finds more than it says", async () => {
  const { search } = await searching();
  expect(await search({ filter: { and: [{ email: { $regex: "(?i)(^a.*$)" } }] } })).toEqual([
    "aiko.tanabe",
    "amara.diallo",
    "alice.moreau",
  ]);
});

test.each([
  ["a value", [{ email: alice }]],
  ["an operator", [{ email: { $eq: alice } }]],
  ["a text", [`email:$eq:${alice}`]],
  ["and", { and: [{ email: alice }, { department: "Engineering" }] }],
  ["or", { or: [{ email: alice }, { email: "nobody" }] }],
  ["a list", { and: [{ _id: { $in: [person("alice.moreau"), "000000000000000000000000"] } }] }],
  [
    "or within and",
    { and: [{ department: "Engineering" }, { or: [{ username: "alice.moreau" }, { username: "x" }] }] },
  ],
])("a filter can be written with %s", async (_, filter) => {
  const { search } = await searching();
  expect(await search({ filter })).toEqual(["alice.moreau"]);
});

test("a search tells values from texts, while a filter written as text does not", async () => {
  const { search } = await searching();
  expect(await search({ filter: [{ suspended: true }] })).toEqual(["tomas.ruiz"]);
  expect(await search({ filter: [{ suspended: "true" }] })).toEqual([]);
  expect(await search({ filter: ["suspended:$eq:true"] })).toEqual(["tomas.ruiz"]);
});

test("the text search is partial: it finds everybody who contains the text", async () => {
  const { search } = await searching();
  const fields = ["email", "username"];
  expect(await search({ searchFilter: { searchTerm: "ALI", fields } })).toEqual(["alice.moreau"]);
  expect(await search({ searchFilter: { searchTerm: ["kate", "liam"], fields } })).toEqual([
    "kate.morrison",
    "liam.byrne",
  ]);
  const support = { searchFilter: { searchTerm: "@", fields }, filter: { or: [{ department: "Support" }] } };
  expect(await search(support)).toEqual(["hannah.schultz", "ravi.iyer", "nina.olsen"]);
});

test("an empty search matches everyone, ten at a time, and always brings the id", async () => {
  const { send, search } = await searching();
  const { body } = await send("POST", "/api/search/systemusers", { fields: "email" });
  expect([body.results.length, body.totalCount]).toEqual([10, 40]);
  expect(body.results[0]).toEqual({ _id: person("helena.brandt"), email: "helena.brandt@fernhill.example" });
  expect(await search({ sort: "-username", limit: 1 })).toEqual(["zoe.papadaki"]);
  expect(await search({ sort: "username" }, "?limit=1&skip=1")).toEqual(["alice.moreau"]);
});

test.each([
  ["an unknown operator", { filter: [{ email: { $like: "a" } }] }],
  ["a broken expression", { filter: [{ email: { $regex: "(" } }] }],
  ["a number for a filter", { filter: 7 }],
  ["a list that is none", { filter: [{ email: { $in: "a" } }] }],
  ["a limit above 100", { limit: 101 }],
])("%s is refused", async (_, body) => {
  const { search } = await searching();
  expect(await search(body)).toBe(400);
});

test("the list filters by text, with several conditions and alternatives", async () => {
  const { list } = await searching();
  expect(await list(`filter=email:$eq:${alice}`)).toEqual(["alice.moreau"]);
  expect(await list("filter=department:$eq:Support&filter=jobTitle:$sw:Support")).toEqual([
    "ravi.iyer",
    "nina.olsen",
  ]);
  expect(await list("filter[or][0]=username:$eq:ravi.iyer&filter[or][1]=username:$eq:kate.morrison")).toEqual(
    ["kate.morrison", "ravi.iyer"],
  );
  expect(await list("filter=department:$in:Marketing|Security&sort=username")).toEqual([
    "amara.diallo",
    "olivia.grant",
    "viktor.novak",
  ]);
  expect(await list("filter=mfa.configured:$ne:true")).toEqual([]);
  expect(await list("filter=unix_uid:$gte:5040")).toEqual(["olivia.grant"]);
  expect(await list(`search=${encodeURIComponent('{"searchTerm":"moreau","fields":["email"]}')}`)).toEqual([
    "alice.moreau",
  ]);
});

test("operators of the other API version, and filters without one, are refused", async () => {
  const { list } = await searching();
  expect(await list("filter=email:eq:x")).toBe(400);
  expect(await list("filter=unix_uid:$ge:1")).toBe(400);
  expect(await list("filter=email")).toBe(400);
});

test("commas in fields and sort are ignored without a word", async () => {
  const { send } = await searching();
  const projected = await send("GET", "/api/systemusers?limit=1&fields=email%20state");
  expect(projected.body.results).toEqual([
    { _id: person("helena.brandt"), email: "helena.brandt@fernhill.example", state: "ACTIVATED" },
  ]);
  const ignored = await send("GET", "/api/systemusers?limit=1&fields=email,state&sort=-email,state");
  expect(ignored.body.results[0]).toMatchObject({ username: "helena.brandt", department: "Executive" });
});

test("a page is at most 100 long, and asking for more is refused in JumpCloud's words", async () => {
  const { send } = await searching();
  const refused = await send("GET", "/api/systemusers?limit=101");
  expect(refused).toMatchObject({
    status: 400,
    body: { message: 'Bad Request: request parameter "limit" exceeds maximum value of 100' },
  });
  const last = await send("GET", "/api/systemusers?limit=100&skip=39&sort=_id");
  expect([last.body.results.length, last.body.totalCount]).toEqual([1, 40]);
});

test("a new person may take time to appear in the search, but is there by id at once", async () => {
  const { send, list, search, moods, clock } = await searching();
  moods.searchLagMs = 5000;
  const created = await send("POST", "/api/systemusers", { username: "new", email: "new@fernhill.example" });
  expect((await send("GET", `/api/systemusers/${created.body._id}`)).status).toBe(200);
  expect(await search({ filter: [{ username: "new" }] })).toEqual([]);
  expect(await list("filter=username:$eq:new")).toEqual([]);
  await clock.advance(5000);
  expect(await search({ filter: [{ username: "new" }] })).toEqual(["new"]);
});
