import { beforeAll, expect, test } from "vitest";
import type { LoggedCall } from "../../../../local/world/call-log.ts";
import { keys } from "../../../../local/world/company.ts";
import { fieldIds } from "../../../../local/world/jira/fields.ts";
import { transitionIds } from "../../../../local/world/jira/workflow.ts";
import { describeWithVendorDocuments, VendorDocument } from "../../../support/vendor-documents.ts";
import {
  accessRequest,
  accountId,
  adf,
  askForApproval,
  Caller,
  decide,
  jiraSite,
  raise,
  textAt,
} from "./jira-site.ts";

/** Where the documents are known to say less, or something else, than Jira does. */
const exceptions: { reason: string; of: (problem: string, call: LoggedCall) => boolean }[] = [
  {
    reason: "The old search is documented still, but a real site answers 410 since its removal.",
    of: (_, call) => call.path === "/rest/api/3/search",
  },
  {
    reason: "Experimental calls are refused by 412 in the prose of the document, not in its list of answers.",
    of: (problem) => problem.endsWith("status 412 is not in the document"),
  },
  {
    reason:
      "History: what was or became empty is null, in the document's own example too, but its schema forbids null.",
    of: (problem) => /items\/\d+\/(from|to)(String)? must be string$/.test(problem),
  },
];

/** A long day: everything that the simulator knows, asked by people, by agents and by Latchkey. */
async function drive() {
  const { jira, as, nobody, clock } = await jiraSite();
  const latchkey = new Caller(jira.url, `Bearer ${keys.jiraApiToken}`);
  const atGateway = new Caller(jira.gatewayUrl, `Bearer ${keys.jiraApiToken}`);
  const alice = as("alice.moreau");
  const sd = "/rest/servicedeskapi";
  const api = "/rest/api/3";

  await nobody.get(`${api}/myself`);
  for (const path of [
    "/myself?expand=groups,applicationRoles",
    "/serverInfo",
    "/field",
    "/status",
    "/project/ACC",
    "/project/10001",
    "/project/NOPE",
    "/project/search?keys=ACC&keys=OPS&maxResults=1",
    "/mypermissions?permissions=ADMINISTER,BROWSE_PROJECTS",
    "/mypermissions",
    `/user?accountId=${accountId("priya.nair")}`,
    "/user?accountId=nobody",
    "/user/search?query=a",
    "/user/search",
    `/user/bulk?accountId=${accountId("mei.chen")}`,
    `/user/groups?accountId=${accountId("nadia.rahman")}`,
    "/groupuserpicker?query=a&showAvatar=true",
    "/group/bulk",
    "/group/member?groupname=jira-users&maxResults=3",
    "/group/member?groupId=unknown",
  ])
    for (const caller of [latchkey, atGateway, alice]) await caller.get(api + path);

  for (const path of [
    "/info",
    "/servicedesk",
    "/servicedesk/1",
    "/servicedesk/9",
    "/servicedesk/projectKey:ACC/requesttype",
    "/servicedesk/1/requesttype/25",
    "/servicedesk/1/requesttype/99",
    "/servicedesk/1/requesttype/25/field",
    "/servicedesk/1/requesttype/26/field",
    "/requesttype?searchQuery=access",
    "/servicedesk/1/customer?query=a&limit=2",
  ])
    for (const caller of [latchkey, atGateway, alice])
      await caller.get(sd + path, { "x-experimentalapi": "opt-in" });
  await latchkey.get(`${sd}/requesttype`);

  const key = await raise(alice, { [fieldIds.beneficiary]: { accountId: accountId("hugo.laurent") } });
  await alice.post(`${sd}/request`, accessRequest({}, { [fieldIds.reason]: null }));
  await alice.post(`${sd}/request`, accessRequest({ raiseOnBehalfOf: accountId("mei.chen") }));
  await latchkey.post(
    `${sd}/request`,
    accessRequest({
      raiseOnBehalfOf: accountId("mei.chen"),
      requestParticipants: [accountId("hugo.laurent")],
    }),
  );
  await latchkey.post(
    `${sd}/request`,
    accessRequest({ isAdfRequest: true }, { [fieldIds.reason]: adf("Because") }),
  );

  const issue = `${api}/issue/${key}`;
  const request = `${sd}/request/${key}`;
  await latchkey.put(issue, {
    fields: { labels: ["access"], [fieldIds.approverGroups]: [{ name: "security-team" }] },
    historyMetadata: { type: "latchkey", actor: { id: "latchkey" } },
  });
  await latchkey.put(`${issue}?returnIssue=true`, { update: { labels: [{ add: "urgent" }] } });
  await latchkey.put(issue, { fields: { nothing: 1 } });
  await alice.put(issue, { fields: { summary: "Mine" } });
  await latchkey.put(`${api}/issue/ACC-99`, { fields: {} });

  const comments = [adf("Public"), "a string"];
  for (const body of comments) await latchkey.post(`${issue}/comment`, { body });
  await latchkey.post(`${issue}/comment`, {
    body: adf("Internal"),
    properties: [{ key: "sd.public.comment", value: { internal: true } }],
  });
  await latchkey.get(`${issue}/comment?orderBy=-created&maxResults=1`);
  await latchkey.get(`${issue}/comment/10000`);
  await alice.post(`${request}/comment`, { body: "Thanks", public: true });
  await alice.post(`${request}/comment`, { body: "Hidden", public: false });
  await latchkey.post(`${request}/comment`, { body: "No visibility" });
  await latchkey.get(`${request}/comment?public=true&internal=false&expand=renderedBody`);
  await alice.get(`${request}/comment/10000?expand=renderedBody`);
  await alice.get(`${request}/comment/99`);

  for (const value of [{ step: 1 }, "text", [1, 2]])
    await latchkey.put(`${issue}/properties/latchkey`, value);
  await alice.put(`${issue}/properties/latchkey`, 1);
  await latchkey.get(`${issue}/properties`);
  await latchkey.get(`${issue}/properties/latchkey`);
  const link = { globalId: "jc-1", object: { url: "https://console.example/1", title: "Group" } };
  await latchkey.post(`${issue}/remotelink`, { ...link, relationship: "gives" });
  await latchkey.post(`${issue}/remotelink`, link);
  await latchkey.get(`${issue}/remotelink`);
  await latchkey.post(`${request}/participant`, {
    accountIds: [accountId("hugo.laurent"), accountId("mei.chen")],
  });
  await latchkey.post(`${request}/participant`, { accountIds: ["nobody"] });
  await as("hugo.laurent").post(`${request}/participant`, { accountIds: [accountId("hugo.laurent")] });
  await latchkey.get(`${request}/participant?limit=1`);
  await latchkey.delete(`${request}/participant`, { accountIds: [accountId("mei.chen")] });

  await latchkey.get(`${issue}/transitions?expand=transitions.fields&includeUnavailableTransitions=true`);
  const approval = await askForApproval(latchkey, key, ["jonas.bergmann", "mei.chen"]);
  await latchkey.post(`${issue}/transitions`, { transition: { id: "999" } });
  await decide(latchkey, key, approval, "approve");
  await decide(as("jonas.bergmann"), key, "99", "approve");
  await clock.advance(60_000);
  await decide(as("jonas.bergmann"), key, approval, "approve");
  await decide(as("jonas.bergmann"), key, approval, "approve");
  await as("jonas.bergmann").get(`${request}/approval/${approval}`);
  await as("jonas.bergmann").get(`${request}/approval/99`);
  await as("jonas.bergmann").get(
    `${sd}/request?requestOwnership=APPROVER&approvalStatus=MY_HISTORY_APPROVAL`,
  );
  await latchkey.post(`${issue}/transitions`, {
    transition: { id: transitionIds.accessGranted },
    update: { comment: [{ add: { body: adf("Done") } }] },
    properties: [{ key: "latchkey", value: { done: true } }],
  });
  await alice.get(`${request}/transition`);
  await alice.post(`${request}/transition`, {
    id: transitionIds.endAccessNow,
    additionalComment: { body: "Done" },
  });
  await alice.post(`${request}/transition`, { id: "999" });
  await alice.get(`${request}/status`);
  await alice.get(
    `${request}?expand=serviceDesk,requestType,participant,status,comment.renderedBody,attachment,sla,action`,
  );
  await alice.get(`${sd}/request?requestStatus=OPEN_REQUESTS&serviceDeskId=1&limit=1&expand=participant`);
  await as("finn.gallagher").get(request);

  await latchkey.get(`${issue}?expand=changelog,transitions,names,schema,renderedFields&properties=*all`);
  await atGateway.get(`${issue}?fields=summary,-status`);
  await latchkey.get(`${issue}/changelog?maxResults=1`);
  await as("finn.gallagher").get(issue);
  const jql = "project = ACC AND updated >= -1d ORDER BY updated DESC";
  await latchkey.post(`${api}/search/jql`, { jql, maxResults: 1, reconcileIssues: [10000] });
  await latchkey.post(`${api}/search/jql`, { jql, fields: ["*all"], properties: ["latchkey"] });
  await latchkey.get(`${api}/search/jql?jql=${encodeURIComponent(jql)}&fields=status,key&maxResults=2`);
  await latchkey.post(`${api}/search/jql`, { jql: "" });
  await latchkey.get(`${api}/search?jql=project=ACC`);

  const contexts = `${api}/field/${fieldIds.application}/context`;
  const options = `${contexts}/10350/option`;
  await latchkey.get(contexts);
  await latchkey.get(`${contexts}?contextId=10350`);
  await latchkey.get(`${contexts}/projectmapping`);
  await latchkey.get(`${contexts}/issuetypemapping`);
  await latchkey.post(`${contexts}/mapping`, { mappings: [{ projectId: "10000", issueTypeId: "10200" }] });
  await alice.get(contexts);
  await latchkey.get(`${api}/field/customfield_99999/context`);
  await latchkey.get(`${options}?maxResults=5`);
  const { body } = await latchkey.post(options, { options: [{ value: "Miro", disabled: true }] });
  const optionId = textAt(body, "options.0.id");
  await latchkey.post(options, { options: [{ value: "Member", optionId }] });
  await latchkey.post(options, { options: [{ value: "GitHub" }] });
  await latchkey.put(options, { options: [{ id: optionId, disabled: false }] });
  await latchkey.put(options, { options: [{ id: "1", disabled: false }] });
  await latchkey.put(`${options}/move`, { customFieldOptionIds: [optionId], position: "First" });
  await latchkey.delete(`${options}/${optionId}`);
  await latchkey.delete(`${options}/10301`);
  await latchkey.delete(`${options}/10220`);

  await latchkey.delete(`${issue}/properties/latchkey`);
  await as("leila.haddad").delete(issue);
  await latchkey.delete(issue);
  return jira.calls.all();
}

describeWithVendorDocuments("the vendor's OpenAPI documents", () => {
  let calls: LoggedCall[] = [];
  beforeAll(async () => {
    calls = await drive();
  });

  test.each([
    ["platform", "jira-platform-v3.json", "/rest/api/3/"],
    ["service desk", "jira-service-management.json", "/rest/servicedeskapi/"],
  ])("allow every call and answer of the %s API", (_, file, prefix) => {
    const document = new VendorDocument(file);
    const own = calls.filter((call) => call.path.startsWith(prefix));
    expect(own.length).toBeGreaterThan(60);
    const problems = own.flatMap((call) =>
      document.problems(call).filter((problem) => !exceptions.some(({ of }) => of(problem, call))),
    );
    expect([...new Set(problems)]).toEqual([]);
  });

  test.each(exceptions)("are still in need of the exception: $reason", ({ of }) => {
    const documents: [string, VendorDocument][] = [
      ["/rest/api/3/", new VendorDocument("jira-platform-v3.json")],
      ["/rest/servicedeskapi/", new VendorDocument("jira-service-management.json")],
    ];
    const used = calls.some((call) =>
      documents.some(
        ([prefix, document]) =>
          call.path.startsWith(prefix) && document.problems(call).some((problem) => of(problem, call)),
      ),
    );
    expect(used).toBe(true);
  });

  test("are held against success and refusal in both APIs, by both addresses", () => {
    const seen = new Set(calls.map((call) => `${call.host} ${call.status}`));
    for (const status of [200, 201, 204, 400, 401, 403, 404, 409, 410, 412])
      expect(seen).toContain(`site ${status}`);
    expect(seen).toContain("gateway 200");
  });
});
