import { expect, test } from "vitest";
import { fieldIds } from "../../../../local/world/jira/fields.ts";
import { applicationOptions } from "../../../../local/world/jira/form.ts";
import { accessRequest, type Caller, jiraSite, raise, read, textAt } from "./jira-site.ts";

const contexts = `/rest/api/3/field/${fieldIds.application}/context`;
const options = `${contexts}/10350/option`;

const values = async (caller: Caller, query = "") =>
  read((await caller.get(`${options}?maxResults=1000${query}`)).body, "values.*.value");

test("the context of a field is found, and its options are listed with parents first", async () => {
  const { latchkey } = await jiraSite();
  const context = await latchkey.get(contexts);
  expect(read(context.body, "values")).toMatchObject([{ id: "10350", isGlobalContext: true }]);
  const mapping = await latchkey.post(`${contexts}/mapping`, {
    mappings: [{ projectId: "10000", issueTypeId: "10200" }],
  });
  expect(read(mapping.body, "values.*.contextId")).toEqual(["10350"]);
  const { body } = await latchkey.get(options);
  expect(body).toMatchObject({ total: 35, isLast: true });
  expect(read(body, "values.0")).toEqual({ id: "10101", value: "GitHub", disabled: false });
  expect(read(body, "values.14")).toEqual({
    id: "10201",
    value: "Developer",
    optionId: "10101",
    disabled: false,
  });
  expect(await values(latchkey, "&onlyOptions=true")).toHaveLength(14);
  expect(await values(latchkey, "&optionId=10103")).toEqual(["Slack", "Member", "All-staff channel"]);
});

test("a new application with its entitlements can be requested at once", async () => {
  const { as, latchkey } = await jiraSite();
  const parent = await latchkey.post(options, { options: [{ value: "Miro" }] });
  const optionId = textAt(parent.body, "options.0.id");
  const child = await latchkey.post(options, { options: [{ value: "Member", optionId }] });
  const answer = { id: optionId, child: { id: textAt(child.body, "options.0.id") } };
  expect(await raise(as("alice.moreau"), { [fieldIds.application]: answer })).toBe("ACC-1");
});

test("new ones are refused as a whole when one is wrong", async () => {
  const { latchkey } = await jiraSite();
  const tries: [number, object[]][] = [
    [400, [{ value: "Miro" }, { value: "GitHub" }]],
    [400, [{ value: "Miro" }, { value: "miro" }]],
    [400, [{ value: "Developer", optionId: applicationOptions.GitHub?.id }]],
    [400, [{ value: " " }]],
    [400, [{ value: "x".repeat(256) }]],
    [400, Array.from({ length: 1001 }, (_, index) => ({ value: `Application ${index}` }))],
    [400, []],
    [404, [{ value: "Member", optionId: "1" }]],
  ];
  for (const [status, list] of tries)
    expect((await latchkey.post(options, { options: list })).status, JSON.stringify(list).slice(0, 80)).toBe(
      status,
    );
  expect(await values(latchkey)).toHaveLength(35);
});

test("a change tells only what really changed, and one unknown id changes nothing", async () => {
  const { latchkey } = await jiraSite();
  const change = { id: "10101", value: "GitHub Enterprise" };
  const unchanged = { id: "10102", value: "AWS" };
  expect((await latchkey.put(options, { options: [change, { id: "1", value: "x" }] })).status).toBe(404);
  expect(await values(latchkey)).toContain("GitHub");
  const { body } = await latchkey.put(options, {
    options: [change, unchanged, { id: "10103", disabled: true }],
  });
  expect(body).toEqual({
    options: [
      { id: "10101", value: "GitHub Enterprise", disabled: false },
      { id: "10103", value: "Slack", disabled: true },
    ],
  });
});

test("options are moved first, last and after each other, and only among their own", async () => {
  const { latchkey } = await jiraSite();
  const order = async () => (await values(latchkey, "&onlyOptions=true")) as string[];
  const move = async (body: object) => (await latchkey.put(`${options}/move`, body)).status;
  expect(await move({ customFieldOptionIds: ["10112", "10103"], position: "First" })).toBe(204);
  expect((await order()).slice(0, 3)).toEqual(["Adobe Creative Cloud", "Slack", "GitHub"]);
  expect(await move({ customFieldOptionIds: ["10103"], after: "10101" })).toBe(204);
  expect((await order()).slice(0, 3)).toEqual(["Adobe Creative Cloud", "GitHub", "Slack"]);
  expect(await move({ customFieldOptionIds: ["10101"], position: "Last" })).toBe(204);
  expect((await order()).at(-1)).toBe("GitHub");

  expect(await move({ customFieldOptionIds: ["10101", "10201"], position: "First" })).toBe(400);
  expect(await move({ customFieldOptionIds: ["10101"] })).toBe(400);
  expect(await move({ customFieldOptionIds: ["10101"], position: "First", after: "10102" })).toBe(400);
  expect(await move({ customFieldOptionIds: ["1"], position: "First" })).toBe(404);
});

test("an option is deleted after its children, and vanishes from the requests that had it", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  expect((await latchkey.delete(`${options}/10101`)).status).toBe(400);
  for (const id of ["10201", "10202", "10101"])
    expect((await latchkey.delete(`${options}/${id}`)).status).toBe(204);
  expect((await latchkey.delete(`${options}/10101`)).status).toBe(404);
  const { body } = await latchkey.get(`/rest/api/3/issue/${key}`);
  expect(read(body, `fields.${fieldIds.application}`)).toBeNull();
  expect((await as("alice.moreau").post("/rest/servicedeskapi/request", accessRequest())).status).toBe(400);
});

test("only administrators see and change options, and only select fields have them", async () => {
  const { as, latchkey } = await jiraSite();
  expect((await as("leila.haddad").get(options)).status).toBe(403);
  expect((await as("leila.haddad").post(options, { options: [{ value: "Miro" }] })).status).toBe(403);
  expect((await as("nadia.rahman").get(options)).status).toBe(200);
  expect((await latchkey.get("/rest/api/3/field/customfield_99999/context")).status).toBe(404);
  expect((await latchkey.get(`/rest/api/3/field/${fieldIds.approvers}/context/1/option`)).status).toBe(400);
  expect((await latchkey.get(`${contexts}/1/option`)).status).toBe(404);
  const child = { options: [{ value: "2 hours", optionId: "10301" }] };
  expect(
    (await latchkey.post(`/rest/api/3/field/${fieldIds.duration}/context/10351/option`, child)).status,
  ).toBe(400);
});
