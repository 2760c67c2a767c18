import { expect, test } from "vitest";
import { portalCustomer } from "../../../../local/world/jira/accounts.ts";
import { fieldIds } from "../../../../local/world/jira/fields.ts";
import { applicationOptions, durationOptions, optionsOf } from "../../../../local/world/jira/form.ts";
import {
  type Answer,
  accessRequest,
  accountId,
  basic,
  Caller,
  jiraSite,
  raise,
  read,
  textAt,
} from "./jira-site.ts";

test("an employee raises a request on the portal and reads it there", async () => {
  const { as } = await jiraSite();
  const alice = as("alice.moreau");
  const raised = await alice.post("/rest/servicedeskapi/request", accessRequest());
  expect(raised.status).toBe(201);
  expect(raised.body).toMatchObject({ issueKey: "ACC-1", requestTypeId: "25", serviceDeskId: "1" });

  const { body } = await alice.get("/rest/servicedeskapi/request/ACC-1?expand=requestType,status");
  expect(body).toMatchObject({
    reporter: { accountId: accountId("alice.moreau") },
    currentStatus: { status: "Open", statusCategory: "NEW" },
    requestType: { name: "Request access to an application" },
  });
  expect(read(body, "status.values.*.status")).toEqual(["Open"]);
  expect(read(body, `requestFieldValues.fieldId=${fieldIds.application}.value`)).toMatchObject({
    value: "GitHub",
    child: { value: "Developer" },
  });
});

test("the platform shows the same request with its fields", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"), {
    [fieldIds.beneficiary]: { accountId: accountId("hugo.laurent") },
  });
  const { body } = await latchkey.get(`/rest/api/3/issue/${key}`);
  expect(read(body, "fields.reporter.accountId")).toBe(accountId("alice.moreau"));
  expect(read(body, `fields.${fieldIds.requestType}.requestType.id`)).toBe("25");
  expect(read(body, `fields.${fieldIds.application}`)).toMatchObject({
    id: applicationOptions.GitHub?.id,
    value: "GitHub",
    child: { id: applicationOptions.GitHub?.entitlements.Developer, value: "Developer" },
  });
  expect(read(body, `fields.${fieldIds.duration}`)).toMatchObject({
    id: durationOptions["1 day"],
    value: "1 day",
  });
  expect(read(body, `fields.${fieldIds.reason}.content.0.content.0.text`)).toBe("I joined the platform team");
  expect(read(body, `fields.${fieldIds.beneficiary}.accountId`)).toBe(accountId("hugo.laurent"));
});

test("a form with mistakes is refused, naming every field that is wrong", async () => {
  const { as, jira } = await jiraSite();
  const refused = await as("alice.moreau").post(
    "/rest/servicedeskapi/request",
    accessRequest(
      {},
      {
        [fieldIds.application]: { id: "99999" },
        [fieldIds.reason]: "",
        [fieldIds.approvers]: [{ accountId: accountId("alice.moreau") }],
      },
    ),
  );
  expect(refused.status).toBe(400);
  for (const fieldId of [fieldIds.application, fieldIds.reason, fieldIds.approvers])
    expect(read(refused.body, "errorMessage")).toContain(fieldId);
  expect(read(refused.body, "errorMessage")).not.toContain(fieldIds.duration);
  expect((await as("nadia.rahman").get("/rest/api/3/issue/ACC-1")).status).toBe(404);
  expect(jira.calls.all().at(0)?.status).toBe(400);
});

test("an entitlement of another application is refused, an application without entitlement is accepted", async () => {
  const { as } = await jiraSite();
  const alice = as("alice.moreau");
  const { GitHub, Figma } = applicationOptions;
  const mixed = { id: GitHub?.id, child: { id: Figma?.entitlements.Viewer } };
  const refused = await alice.post(
    "/rest/servicedeskapi/request",
    accessRequest({}, { [fieldIds.application]: mixed }),
  );
  expect(refused.status).toBe(400);
  const accepted = await alice.post(
    "/rest/servicedeskapi/request",
    accessRequest({}, { [fieldIds.application]: { id: GitHub?.id } }),
  );
  expect(accepted.status).toBe(201);
});

test("only an agent raises a request on behalf of somebody else", async () => {
  const { as } = await jiraSite();
  const body = accessRequest({ raiseOnBehalfOf: accountId("hugo.laurent") });
  expect((await as("alice.moreau").post("/rest/servicedeskapi/request", body)).status).toBe(403);
  const raised = await as("leila.haddad").post("/rest/servicedeskapi/request", body);
  expect(read(raised.body, "reporter.accountId")).toBe(accountId("hugo.laurent"));
  const seen = await as("hugo.laurent").get(
    `/rest/api/3/issue/${textAt(raised.body, "issueKey")}?fields=creator,reporter`,
  );
  expect(read(seen.body, "fields.creator.accountId")).toBe(accountId("leila.haddad"));
});

test("a request is not found by people who have nothing to do with it", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  const hugo = as("hugo.laurent");
  expect((await hugo.get(`/rest/servicedeskapi/request/${key}`)).status).toBe(404);
  expect((await hugo.get(`/rest/api/3/issue/${key}`)).status).toBe(404);
  expect((await hugo.get(`/rest/servicedeskapi/request/${key}/approval`)).status).toBe(404);
  // Jira documents that this one list is empty instead.
  expect(await hugo.get(`/rest/servicedeskapi/request/${key}/comment`)).toMatchObject({
    body: { values: [] },
  });

  await latchkey.post(`/rest/servicedeskapi/request/${key}/participant`, {
    accountIds: [accountId("hugo.laurent")],
  });
  expect((await hugo.get(`/rest/servicedeskapi/request/${key}`)).status).toBe(200);
});

test("people list their own requests, the one with the latest activity first", async () => {
  const { as, clock } = await jiraSite();
  const alice = as("alice.moreau");
  const [first, second] = [await raise(alice), await raise(alice)];
  await raise(as("hugo.laurent"));
  await clock.advance(60_000);
  await alice.post(`/rest/servicedeskapi/request/${first}/comment`, { body: "Any news?", public: true });
  const { body } = await alice.get("/rest/servicedeskapi/request?requestOwnership=OWNED_REQUESTS");
  expect(read(body, "values.*.issueKey")).toEqual([first, second]);
  const page = await alice.get("/rest/servicedeskapi/request?start=1&limit=1");
  expect(page.body).toMatchObject({ size: 1, isLastPage: true, values: [{ issueKey: second }] });
});

test("customers read and write public comments only", async () => {
  const { as, latchkey } = await jiraSite();
  const alice = as("alice.moreau");
  const key = await raise(alice);
  const comments = `/rest/servicedeskapi/request/${key}/comment`;
  expect((await latchkey.post(comments, { body: "She is new", public: false })).status).toBe(201);
  expect((await latchkey.post(comments, { body: "We are on it", public: true })).status).toBe(201);
  expect((await latchkey.post(comments, { body: "Who may read this?" })).status).toBe(400);
  expect((await alice.post(comments, { body: "Secret", public: false })).status).toBe(403);

  const bodies = (answer: Answer) => read(answer.body, "values.*.body");
  expect(bodies(await alice.get(comments))).toEqual(["We are on it"]);
  expect(bodies(await latchkey.get(comments))).toEqual(["She is new", "We are on it"]);
  expect(bodies(await latchkey.get(`${comments}?public=false`))).toEqual(["She is new"]);
  const onPlatform = await alice.get(`/rest/api/3/issue/${key}/comment`);
  expect(onPlatform.body).toMatchObject({ total: 1 });
});

test("the form that the portal shows lists the options with their children, without disabled ones", async () => {
  const { as, latchkey } = await jiraSite();
  const context = `/rest/api/3/field/${fieldIds.application}/context/10350/option`;
  await latchkey.put(context, { options: [{ id: applicationOptions.Slack?.id, disabled: true }] });
  const { body } = await as("alice.moreau").get("/rest/servicedeskapi/servicedesk/ACC/requesttype/25/field");
  const field = read(body, `requestTypeFields.fieldId=${fieldIds.application}`);
  expect(field).toMatchObject({ required: true });
  expect(read(field, "validValues.0")).toMatchObject({
    label: "GitHub",
    value: "10101",
    children: [
      { label: "Developer", value: "10201" },
      { label: "Administrator", value: "10202" },
    ],
  });
  expect(read(field, "validValues.*.label")).not.toContain("Slack");
  expect(body).toMatchObject({ canRaiseOnBehalfOf: false });
});

test("a disabled option can no longer be chosen and stays on old requests", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  const context = `/rest/api/3/field/${fieldIds.application}/context/10350/option`;
  await latchkey.put(context, { options: [{ id: applicationOptions.GitHub?.id, disabled: true }] });
  expect((await as("hugo.laurent").post("/rest/servicedeskapi/request", accessRequest())).status).toBe(400);
  const { body } = await latchkey.get(`/rest/api/3/issue/${key}`);
  expect(read(body, `fields.${fieldIds.application}.value`)).toBe("GitHub");
});

test("a customer of another company can use the portal", async () => {
  const { jira } = await jiraSite();
  const petra = new Caller(jira.url, basic(portalCustomer.email));
  const { body } = await petra.post("/rest/servicedeskapi/request", accessRequest());
  expect(read(body, "reporter.accountId")).toBe(portalCustomer.accountId);
});

test("a site can be seeded with another catalog", async () => {
  const catalog = { Miro: ["Editor"] };
  const { as } = await jiraSite({ catalog });
  const { Miro } = optionsOf(catalog);
  const answer = { id: Miro?.id, child: { id: Miro?.entitlements.Editor } };
  expect(await raise(as("alice.moreau"), { [fieldIds.application]: answer })).toBe("ACC-1");
  const { body } = await as("alice.moreau").get("/rest/servicedeskapi/servicedesk/1/requesttype/25/field");
  const field = read(body, `requestTypeFields.fieldId=${fieldIds.application}`);
  expect(field).toMatchObject({ validValues: [{ label: "Miro", children: [{ label: "Editor" }] }] });
});
