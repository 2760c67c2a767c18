import { describe, expect, test } from "vitest";
import { keys, people } from "../../local/world/company.ts";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { statusIds, transitionIds } from "../../local/world/jira/workflow.ts";
import { JiraRefusedError, JiraUnavailableError, UnexpectedAnswerError } from "../../src/errors.ts";
import { accountId, askForApproval, decide, raise } from "../local/world/jira/jira-site.ts";
import { jiraClient } from "./clients.ts";

const comment = {
  lines: [[{ mention: accountId("alice.moreau") }, " now has access."], ["Latchkey 1-1 · granted"]],
};

describe("an issue", () => {
  test("is read with its form, its people, and what could be done with it", async () => {
    const { client, as } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    const issue = await client.issue(key);
    expect(issue).toMatchObject({
      key,
      projectId: "10000",
      statusId: statusIds.open,
      reporter: {
        accountId: accountId("alice.moreau"),
        active: true,
        kind: "atlassian",
        email: "alice.moreau@fernhill.example",
        timeZone: "Europe/Berlin",
      },
      fields: { [fieldIds.requestType]: { requestType: { id: "25" } } },
    });
    expect(issue?.transitions).toContainEqual({
      id: transitionIds.askForApproval,
      to: statusIds.waitingForApproval,
    });
    expect(issue?.transitions).toContainEqual({
      id: transitionIds.needsAttention,
      to: statusIds.needsAttention,
      isGlobal: true,
    });
    expect(await client.issue(issue?.id ?? "", "10000")).toEqual(issue);
  });

  test("that is gone is told from a project that cannot be seen", async () => {
    const { client, jira } = await jiraClient();
    expect(await client.issue("99999", "10000")).toBeUndefined();
    jira.faults.add({
      path: /\/mypermissions$/,
      status: 200,
      body: {
        permissions: {
          BROWSE_PROJECTS: {
            id: "1",
            key: "BROWSE_PROJECTS",
            name: "",
            type: "",
            description: "",
            havePermission: false,
          },
        },
      },
    });
    await expect(client.issue("99999", "10000")).rejects.toThrow(JiraRefusedError);
  });

  test("keeps its id when it gets another key by a move", async () => {
    const { client, as, latchkey } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    const before = await client.issue(key);
    await latchkey.post("/_simulated/move", { issue: key, projectKey: "OPS" });
    const after = await client.issue(before?.id ?? "");
    expect(after?.id).toBe(before?.id);
    expect(after?.key).toMatch(/^OPS-/);
  });

  test("is moved and commented on in one call", async () => {
    const { client, as, jira } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    const { id = "" } = (await client.issue(key)) ?? {};
    jira.calls.clear();
    await client.transition(id, transitionIds.accessGranted, comment);
    expect(jira.calls.all()).toHaveLength(1);
    expect((await client.issue(id))?.statusId).toBe(statusIds.granted);
    expect(await client.hasSaid(id, "Latchkey 1-1 · granted")).toBe(true);
    expect(await client.hasSaid(id, "Latchkey 1-1 · ended")).toBe(false);
    const seen = await as("alice.moreau").get(`/rest/servicedeskapi/request/${key}/comment`);
    expect(JSON.stringify(seen.body)).toContain("now has access");
  });

  test("is commented on internally without the requester seeing it", async () => {
    const { client, as } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    await client.comment(key, comment, "internal");
    await client.comment(key, { lines: [["for everybody"]] }, "public");
    const seen = JSON.stringify(
      (await as("alice.moreau").get(`/rest/servicedeskapi/request/${key}/comment`)).body,
    );
    expect(seen).toContain("for everybody");
    expect(seen).not.toContain("now has access");
  });

  test("cannot be moved the same way twice: the second move is refused, with its status", async () => {
    const { client, as } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    await client.transition(key, transitionIds.cancelRequest);
    await expect(client.transition(key, transitionIds.cancelRequest)).rejects.toMatchObject({
      name: "JiraRefusedError",
      status: 400,
    });
  });

  test("that somebody else pretends to have commented on is not taken for commented", async () => {
    const { client, as, latchkey } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    await as("alice.moreau").post(`/rest/servicedeskapi/request/${key}/comment`, {
      body: "Latchkey 1-1 · granted",
      public: true,
    });
    expect(await client.hasSaid(key, "Latchkey 1-1 · granted")).toBe(false);
    expect((await latchkey.get("/rest/api/3/myself")).status).toBe(200);
  });
});

describe("approvals", () => {
  test("come with who decided what, by Jira's clock", async () => {
    const { client, as, latchkey, clock } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    const before = await client.setApprovers(key, fieldIds.approvers, [accountId("jonas.bergmann")]);
    expect(before).toBe(clock.now());
    const approval = await askForApproval(latchkey, key, ["jonas.bergmann"]);
    const [pending] = await client.approvals(key);
    expect(pending).toMatchObject({ id: approval, finalDecision: "pending", createdAt: clock.now() });
    expect(pending?.createdAt).toBeGreaterThanOrEqual(before ?? Number.NaN);

    await clock.advance(60_000);
    await decide(as("jonas.bergmann"), key, approval, "approve");
    expect(await client.approvals(key)).toEqual([
      {
        id: approval,
        finalDecision: "approved",
        createdAt: clock.now() - 60_000,
        completedAt: clock.now(),
        approvers: [{ accountId: accountId("jonas.bergmann"), active: true, decision: "approved" }],
      },
    ]);
    const moves = await client.statusChanges(key);
    expect(moves.at(-1)).toMatchObject({
      from: statusIds.waitingForApproval,
      to: statusIds.approved,
      author: { accountId: accountId("jonas.bergmann"), kind: "atlassian" },
    });
    expect((await client.fieldChanges(key)).map((change) => change.fieldId)).toContain("status");
  });
});

describe("people", () => {
  test("are found by their exact address, shown or hidden", async () => {
    const { client } = await jiraClient();
    expect((await client.accountByEmail("Jonas.Bergmann@fernhill.example"))?.accountId).toBe(
      accountId("jonas.bergmann"),
    );
    const hidden = await client.accountByEmail("priya.nair@fernhill.example");
    expect(hidden?.accountId).toBe(accountId("priya.nair"));
    expect(hidden?.email).toBeUndefined();
  });

  test("are not found by the beginning of an address, and not when they are inactive", async () => {
    const { client } = await jiraClient();
    expect(await client.accountByEmail("jonas.bergmann@fernhill")).toBeUndefined();
    expect(await client.accountByEmail("tomas.ruiz@fernhill.example")).toBeUndefined();
    expect(await client.accountByEmail("nobody@fernhill.example")).toBeUndefined();
  });

  test("and bots are told apart, and groups give their members", async () => {
    const { client, latchkey } = await jiraClient();
    expect(await client.account(keys.jiraServiceAccountId)).toMatchObject({ kind: "app" });
    expect(await client.account("712020:nobody")).toBeUndefined();
    const { body } = await latchkey.get("/rest/api/3/group/bulk?groupName=it-administrators");
    const [{ groupId }] = (body as { values: [{ groupId: string }] }).values;
    const members = await client.groupMembers(groupId);
    expect(members.map((member) => member.accountId)).toEqual([
      accountId("nadia.rahman"),
      accountId("oskar.weiss"),
    ]);
    expect(await client.groupMembers("no-such-group")).toEqual([]);
  });

  test("of a whole company are read page by page", async () => {
    const { client, latchkey } = await jiraClient();
    const { body } = await latchkey.get("/rest/api/3/group/bulk?groupName=jira-users");
    const [{ groupId }] = (body as { values: [{ groupId: string }] }).values;
    expect(await client.groupMembers(groupId)).toHaveLength(
      people.filter((one) => one.state === "ACTIVATED").length,
    );
  });
});

test("changed issues are found, page by page", async () => {
  const { client, as, clock } = await jiraClient();
  const keys: string[] = [];
  for (let count = 0; count < 120; count++) keys.push(await raise(as("alice.moreau")));
  const found: string[] = [];
  for await (const issue of client.changedIssues(["10000"], 45)) found.push(issue.key);
  expect(found.toSorted()).toEqual(keys.toSorted());
  await clock.advance(46 * 60_000);
  for await (const issue of client.changedIssues(["10000"], 45)) expect(issue).toBe("nothing");
});

describe("when Jira answers badly", () => {
  test("a client that asked too much waits as long as Jira says, and goes on", async () => {
    const { client, jira, waits } = await jiraClient();
    jira.faults.add({ times: 1, status: 429, headers: { "retry-after": "7" } });
    expect(await client.accountByEmail("nobody@fernhill.example")).toBeUndefined();
    expect(waits).toEqual([7_000]);
  });

  test("it does not wait longer than a function has time", async () => {
    const { client, jira, waits } = await jiraClient();
    jira.faults.add({ status: 429, headers: { "retry-after": "120" } });
    await expect(client.issue("1")).rejects.toThrow(JiraUnavailableError);
    expect(waits).toEqual([]);
  });

  test("reading is tried four times, writing only where it was surely not done", async () => {
    const { client, as, jira, waits } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    jira.faults.add({ status: 503 });
    await expect(client.issue(key)).rejects.toThrow("HTTP 503");
    expect(waits).toHaveLength(3);
    jira.calls.clear();
    await expect(client.transition(key, transitionIds.cancelRequest)).rejects.toMatchObject({
      mayHaveHappened: true,
    });
    expect(jira.calls.all()).toHaveLength(1);
  });

  test("a lost answer to a write may mean that it was done, and says so", async () => {
    const { client, as, jira } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    jira.faults.add({ method: "POST", times: 1, drop: "after" });
    await expect(client.transition(key, transitionIds.cancelRequest)).rejects.toMatchObject({
      name: "JiraUnavailableError",
      mayHaveHappened: true,
    });
    expect((await client.issue(key))?.statusId).toBe(statusIds.canceled);
  });

  test("a conflicting update can be tried again", async () => {
    const { client, as, jira } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    jira.faults.add({ method: "POST", times: 1, status: 409 });
    await expect(client.transition(key, transitionIds.cancelRequest)).rejects.toThrow(JiraUnavailableError);
  });

  test("an answer of another shape stops the run, without its content in the message", async () => {
    const { client, jira } = await jiraClient();
    jira.faults.add({ times: 1, status: 200, body: { secret: "canary" } });
    const answer = client.issue("1");
    await expect(answer).rejects.toThrow(UnexpectedAnswerError);
    await expect(answer).rejects.not.toThrow("canary");
    jira.faults.add({ times: 1, status: 200, body: "<html>canary</html>" });
    await expect(client.issue("1")).rejects.toThrow("not JSON");
  });

  test("a redirect is not followed", async () => {
    const { client, jira } = await jiraClient();
    jira.faults.add({ times: 1, status: 302, headers: { location: `${jira.url}/rest/api/3/myself` } });
    await expect(client.issue("1")).rejects.toMatchObject({ name: "JiraRefusedError", status: 302 });
    expect(jira.calls.all().map((call) => call.path)).not.toContain("/rest/api/3/myself");
  });
});

describe("the service account comes in", () => {
  test("with an API token as bearer, or with client credentials that become a token once", async () => {
    const bearer = await jiraClient({ kind: "bearer", token: keys.jiraApiToken });
    expect(await bearer.client.issue("1")).toBeUndefined();
    const oauth = await jiraClient({
      kind: "oauth",
      clientId: keys.jiraClientId,
      clientSecret: keys.jiraClientSecret,
    });
    await oauth.client.issue("1");
    await oauth.client.issue("2");
    const tokens = oauth.jira.calls.all().filter((call) => call.path === "/oauth/token");
    expect(tokens).toHaveLength(1);
  });

  test("with a key that was changed meanwhile, which is read again; one that stays wrong is not tried twice", async () => {
    const right = { kind: "token" as const, email: keys.jiraServiceAccountEmail, token: keys.jiraApiToken };
    const changed = await jiraClient({ ...right, token: "the-old-token" }, right);
    expect(await changed.client.issue("1")).toBeUndefined();
    const wrong = await jiraClient({ ...right, token: "the-old-token" });
    await expect(wrong.client.issue("1")).rejects.toMatchObject({ name: "JiraUnavailableError" });
    expect(wrong.jira.calls.all()).toHaveLength(1);
  });
});

test("a request is made in somebody's name, whose ticket it is then", async () => {
  const { serviceDesk, as } = await jiraClient();
  const dana = accountId("dana.kowalski");
  const form = { serviceDesk: "1", requestType: "26" };
  const request = { summary: "Zoom cannot be requested", description: "Why:\n\nIts group is gone." };
  const id = await serviceDesk.raise(form, { ...request, onBehalfOf: dana });
  const shown = async (issueId: string) =>
    (await as("leila.haddad").get(`/rest/api/3/issue/${issueId}`)).body;
  expect(await shown(id)).toMatchObject({
    fields: { summary: request.summary, reporter: { accountId: dana } },
  });
  const own = await serviceDesk.raise(form, { ...request, onBehalfOf: undefined });
  expect(await shown(own)).toMatchObject({ fields: { reporter: { accountId: keys.jiraServiceAccountId } } });
});

describe("the options of a field", () => {
  const list = { fieldId: fieldIds.application, contextId: "10350" };

  test("are read in the order of the form, children with their parents, over all pages", async () => {
    const { options } = await jiraClient();
    await options.add(
      list,
      Array.from({ length: 990 }, (_, index) => ({ value: `Application ${index}` })),
    );
    const all = await options.options(list);
    expect(all).toHaveLength(1_025);
    expect(all[0]).toEqual({ id: "10101", value: "GitHub", disabled: false });
    expect(all.find(({ id }) => id === "10201")).toMatchObject({ parentId: "10101", value: "Developer" });
  });

  test("are added, renamed, disabled and put in order, and read back from the form", async () => {
    const { options } = await jiraClient();
    expect(await options.cascadingFields()).toEqual(new Set([fieldIds.application]));
    expect(await options.contexts(fieldIds.application, "10000")).toEqual(["10350"]);
    const [miro] = await options.add(list, [{ value: "Miro" }]);
    const [member] = await options.add(list, [{ value: "Member", parentId: miro?.id ?? "" }]);
    await options.change(list, [
      { id: miro?.id ?? "", value: "Miro boards" },
      { id: "10101", disabled: true },
    ]);
    await options.moveFirst(list, [miro?.id ?? ""]);
    expect((await options.options(list))[0]).toEqual({ id: miro?.id, value: "Miro boards", disabled: false });
    const shown = await options.shownOn({ project: "10000", requestTypeId: "25" }, fieldIds.application);
    expect(shown?.slice(0, 2)).toEqual([miro?.id, member?.id]);
    expect(shown).not.toContain("10101");
    expect(
      await options.shownOn({ project: "10000", requestTypeId: "26" }, fieldIds.application),
    ).toBeUndefined();
  });

  test("are for administrators: others are refused", async () => {
    const { options } = await jiraClient({
      kind: "token",
      email: "leila.haddad@fernhill.example",
      token: "any",
    });
    await expect(options.contexts(fieldIds.application, "10000")).rejects.toThrow(JiraRefusedError);
  });
});
