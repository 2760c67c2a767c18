import { describe, expect, test } from "vitest";
import { keys } from "../../../local/world/company.ts";
import { fieldIds } from "../../../local/world/jira/fields.ts";
import { accessTypes } from "../../../src/policy/site.ts";
import {
  day,
  groupOf,
  hour,
  minute,
  openStory,
  option,
  personOf,
  policyWith,
  type Story,
} from "../../support/company-story.ts";

/** How often JumpCloud was told to change the group. */
function changes(story: Story, group: string): unknown[] {
  return story.jumpcloud.calls
    .all()
    .filter((call) => call.method === "POST" && call.path === `/api/v2/usergroups/${groupOf(group)}/members`)
    .map((call) => (call.request as { op: string }).op);
}

async function approved(story: Story): Promise<{ key: string; id: string }> {
  const issue = await story.request("alice.moreau", option.githubDeveloper);
  await story.decide("jonas.bergmann", issue.key, "approve");
  return issue;
}

describe("a request that cannot be fulfilled as asked", () => {
  type Case = [
    title: string,
    login: string,
    asked: string,
    answers: Parameters<Story["raise"]>[2],
    error: string,
    words: string,
  ];
  const cases: Case[] = [
    [
      "a person who is not eligible",
      "elena.petrova",
      option.awsDeveloper,
      { duration: "1 day" },
      "NotEligibleError",
      "AWS: Developer is not open to this person.",
    ],
    [
      "a longer time than is allowed",
      "alice.moreau",
      option.githubAdministrator,
      { duration: "30 days" },
      "FieldInvalidError",
      "“For how long” cannot be used as it is: GitHub: Administrator is given for 1 day at most.",
    ],
    [
      "no end where there must be one",
      "alice.moreau",
      option.awsDeveloper,
      { duration: "Permanent" },
      "FieldInvalidError",
      "“For how long” cannot be used as it is: AWS: Developer is given for a limited time only.",
    ],
    [
      "an application without a level",
      "alice.moreau",
      option.githubDeveloper,
      { fields: { [fieldIds.application]: { id: "10101" } } },
      "FieldInvalidError",
      "“Application and access” cannot be used as it is: this choice is not in the catalog.",
    ],
    [
      "somebody else's access, by no manager",
      "alice.moreau",
      option.githubDeveloper,
      { beneficiary: "tariq.aziz" },
      "OnBehalfNotAllowedError",
      "“For whom”: this form does not let you ask for that person.",
    ],
  ];
  test.each(cases)(
    "%s: one public comment in the portal's words, and nothing else is touched",
    async (_, login, asked, answers, error, words) => {
      const story = await openStory();
      const { key, id } = await story.request(login, asked, answers);
      expect(await story.statusOf(key)).toBe("closed");
      expect(await story.comments(key)).toEqual([{ public: true, text: expect.stringContaining(words) }]);
      expect(await story.stored(id)).toMatchObject({ status: "refused" });
      expect(
        (await story.trail(id)).find((entry) => entry.action === "request.refused")?.facts,
      ).toMatchObject({ error });
      expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
      expect(
        story.jumpcloud.calls
          .all()
          .filter((call) => call.method !== "GET" && !call.path.startsWith("/api/search")),
      ).toEqual([]);
    },
  );

  test("a person whom JumpCloud does not have, or has twice", async () => {
    const story = await openStory();
    await story.callJumpCloud("DELETE", `/api/systemusers/${personOf("olivia.grant").jumpcloudId}`);
    const gone = await story.request("olivia.grant", option.figmaViewer);
    expect((await story.comments(gone.key))[0]?.text).toContain(
      "No JumpCloud account with your e-mail address was found.",
    );
    await story.callJumpCloud("POST", "/api/systemusers", {
      username: "ravi2",
      email: "Ravi.Iyer@fernhill.example",
    });
    const twice = await story.request("ravi.iyer", option.figmaViewer);
    expect((await story.comments(twice.key))[0]?.text).toContain(
      "More than one JumpCloud account has your e-mail address",
    );
    expect(await story.isMember("ravi.iyer", "figma-viewers")).toBe(false);
  });

  test("a person who was suspended while the approver thought", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    await story.callJumpCloud(
      "POST",
      `/api/systemusers/${personOf("alice.moreau").jumpcloudId}/state/suspend`,
    );
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.stored(id)).toMatchObject({ status: "refused" });
    expect(changes(story, "github-developers")).toEqual([]);
  });

  test("a compulsory reason that is missing", async () => {
    const policy = policyWith(({ site }) => {
      for (const { fields } of accessTypes(site)) if (fields.reason) fields.reason.required = true;
    });
    const story = await openStory({ policy });
    const { key } = await story.raise("alice.moreau", option.githubDeveloper);
    const empty = { fields: { [fieldIds.reason]: null } };
    story.host.before("check-request", () =>
      story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, empty),
    );
    await story.settle();
    expect((await story.comments(key))[0]?.text).toContain(
      "“Why do you need it?” is empty. Please make a new request and fill it in.",
    );
  });

  test("an entitlement that was closed or changed while the approver thought", async () => {
    const { applyPolicy } = await import("../../../src/policy/apply-policy.ts");
    for (const change of ["disabled", "other groups"]) {
      const story = await openStory();
      const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
      const files = policyWith(({ catalog }) => {
        const [github] = catalog.applications;
        const [developer] = github?.entitlements ?? [];
        if (!github || !developer) throw new Error("no example");
        if (change === "disabled") github.status = "disabled";
        else developer.groups = [groupOf("security-team")];
      });
      await applyPolicy(story.operator, files);
      await story.pass(2 * minute);
      await story.decide("jonas.bergmann", key, "approve");
      expect(await story.stored(id)).toMatchObject({ status: "refused" });
      expect(await story.isMember("alice.moreau", "security-team")).toBe(false);
    }
  });
});

describe("JumpCloud", () => {
  test("answers 500 for a moment, and shows its changes late: it is done once", async () => {
    const story = await openStory();
    story.jumpcloud.moods.lagMs = 3_000;
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    story.jumpcloud.faults.add({ status: 500, times: 3 });
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(5 * minute);
    expect(changes(story, "github-developers")).toEqual(["add"]);
    expect(await story.statusOf(key)).toBe("granted");
  });

  test("gives one group, then nothing: a ticket that is cancelled meanwhile takes the first one back", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.pagerduty, { duration: "1 day" });
    const datadog = groupOf("datadog-viewers");
    await story.callJumpCloud("POST", `/api/v2/usergroups/${datadog}/members`, {
      op: "remove",
      type: "user",
      id: personOf("alice.moreau").jumpcloudId,
    });
    const end = story.jumpcloud.faults.add({ method: "POST", path: new RegExp(datadog), status: 503 });
    await story.decide("jonas.bergmann", key, "approve");
    expect(changes(story, "pagerduty-responders")).toEqual(["add"]);
    await story.press("alice.moreau", key, "cancelRequest");
    end();
    await story.pass(30 * minute);
    expect(await story.isMember("alice.moreau", "pagerduty-responders")).toBe(false);
    expect(changes(story, "pagerduty-responders")).toEqual(["add", "remove"]);
    expect((await story.executions()).map(({ status }) => status)).toEqual(["SUCCEEDED"]);
  });

  test("says no: what was added is taken back, and an operator is told what to do", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.pagerduty, { duration: "1 day" });
    const datadog = new RegExp(groupOf("datadog-viewers"));
    await story.callJumpCloud("POST", `/api/v2/usergroups/${groupOf("datadog-viewers")}/members`, {
      op: "remove",
      type: "user",
      id: personOf("alice.moreau").jumpcloudId,
    });
    story.jumpcloud.faults.add({ method: "POST", path: datadog, status: 403 });
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(minute);
    expect(changes(story, "pagerduty-responders")).toEqual(["add", "remove"]);
    expect(await story.isMember("alice.moreau", "pagerduty-responders")).toBe(false);
    expect(await story.statusOf(key)).toBe("needsAttention");
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "FAILED" }]);
    const said = await story.comments(key);
    expect(said).toEqual([
      {
        public: false,
        text: expect.stringMatching(
          /JumpCloudRefusedError[\s\S]*Done: .*taken back[\s\S]*Not done: [\s\S]*Next: /,
        ),
      },
      { public: true, text: expect.stringContaining("Something went wrong on our side.") },
    ]);
    expect((await story.actions(id)).slice(-2)).toEqual(["access.undone", "run.failed"]);
  });

  test("is down when access ends: it is tried for days, and never called done before it is", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 hour" });
    await story.decide("jonas.bergmann", key, "approve");
    const end = story.jumpcloud.faults.add({ status: 503, path: /^\/api/ });
    await story.pass(2 * day);
    expect(await story.stored(id)).toMatchObject({ status: "ending" });
    expect(await story.statusOf(key)).toBe("granted");
    end();
    await story.pass(7 * hour);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
  });

  test("does not have the group of the catalog: an operator is called before anything is written", async () => {
    const story = await openStory();
    await story.callJumpCloud("DELETE", `/api/v2/usergroups/${groupOf("github-developers")}`);
    const { id } = await approved(story);
    expect(await story.stored(id)).toMatchObject({
      status: "failed",
      failure: { error: "GroupMissingError" },
    });
  });
});

type Task = [name: string, outcome?: string];
test.each<Task>([
  ["check-request"],
  ["ask-for-approval"],
  ["provision-access"],
  ["hold-access"],
  ["revoke-access"],
  ["close-request", "granted"],
  ["close-request", "ended"],
])(
  "a run that fails when %s has done its work goes on from there, and its ticket is where it belongs",
  async (name, outcome) => {
    const story = await openStory();
    const when = (payload: unknown) => (payload as { outcome?: string }).outcome === outcome;
    story.host.fail({ function: name, error: "TypeError", times: 1, after: true, when });
    const failures: unknown[] = [];
    const { key, id } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    const tryAgain = async () => {
      const stored = await story.stored(id);
      if (stored.status !== "failed") return;
      failures.push(stored.failure.error);
      expect(await story.statusOf(key)).toBe("needsAttention");
      await story.move("nadia.rahman", key, "tryAgain");
    };
    await tryAgain();
    await story.decide("jonas.bergmann", key, "approve");
    await tryAgain();
    expect(await story.statusOf(key)).toBe("granted");
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(true);
    await story.pass(day);
    await tryAgain();
    expect(await story.stored(id)).toMatchObject({ status: "ended" });
    expect(["ended", "closed"]).toContain(await story.statusOf(key));
    expect(failures).toEqual(["TypeError"]);
    expect(changes(story, "aws-developers")).toEqual(["add", "remove"]);
    expect((await story.actions(id)).filter((action) => action === "ticket.told")).toHaveLength(2);
  },
);

describe("Jira", () => {
  test("answers 409 to the move of the granted ticket: it is moved once, and told once", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    story.host.before(
      "close-request",
      async () => void story.jira.faults.add({ method: "POST", path: /transitions$/, status: 409, times: 1 }),
    );
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(minute);
    expect(await story.statusOf(key)).toBe("granted");
    expect(await story.comments(key)).toHaveLength(1);
  });

  test("does the move and loses the answer: the comment is not written twice", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    story.host.before(
      "close-request",
      async () =>
        void story.jira.faults.add({ method: "POST", path: /transitions$/, drop: "after", times: 1 }),
    );
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(minute);
    expect(await story.statusOf(key)).toBe("granted");
    expect(await story.comments(key)).toHaveLength(1);
  });

  test("does the move, loses the answer, and the holder ends the access before the next try: it ends", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    story.host.before("close-request", async () => {
      story.jira.faults.add({ method: "POST", path: /transitions$/, drop: "after", times: 1 });
    });
    story.whenMovedTo("Granted", async () => {
      story.jira.deliveryFaults.add({ effect: "delay", delayMs: minute });
      await story.pressOnly("alice.moreau", key, "endAccessNow");
    });
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(5 * minute);
    expect(await story.statusOf(key)).toBe("ended");
    expect(await story.comments(key)).toHaveLength(2);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
  });

  test("has the ticket in its last status already: it is only told", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    story.host.before("close-request", () =>
      story.call("nadia.rahman", "POST", `/rest/api/3/issue/${key}/transitions`, {
        transition: { id: "41" },
      }),
    );
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.statusOf(key)).toBe("granted");
    expect(await story.comments(key)).toHaveLength(1);
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
  });

  test("cannot be seen for a moment: nothing is withdrawn because of that", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    const hidden = { permissions: { BROWSE_PROJECTS: { havePermission: false } } };
    const ends = [
      story.jira.faults.add({
        path: /issue\/\d+$/,
        status: 404,
        body: { errorMessages: ["Issue does not exist or you do not have permission to see it."] },
      }),
      story.jira.faults.add({ path: /mypermissions$/, status: 200, body: hidden }),
    ];
    await story.call("nadia.rahman", "POST", `/rest/api/3/issue/${key}/comment`, {
      body: { type: "doc", version: 1, content: [] },
    });
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, { fields: { summary: "New" } });
    await story.settle();
    for (const end of ends) end();
    expect(await story.stored(id)).toMatchObject({ status: "asked" });
    await story.pass(10 * minute);
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(10 * minute);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  });
});

describe("webhooks", () => {
  test("the same one ten times at once: one run, one grant", async () => {
    const story = await openStory();
    story.jira.deliveryFaults.add({ effect: "duplicate" });
    story.jira.deliveryFaults.add({ effect: "shuffle" });
    const { key, id } = await story.raise("alice.moreau", option.githubDeveloper);
    const ring = { issueId: id };
    const bodies = [...Array(10).keys()].map(() =>
      fetch(`${story.runtime.url}/webhooks/automation`, {
        method: "POST",
        headers: { authorization: `Bearer ${keys.automationToken}`, "content-type": "application/json" },
        body: JSON.stringify(ring),
      }),
    );
    expect((await Promise.all(bodies)).map((answer) => answer.status)).toEqual(Array(10).fill(202));
    await story.settle();
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(minute);
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
    expect(changes(story, "github-developers")).toEqual(["add"]);
    expect((await story.actions(id)).filter((action) => action === "access.granted")).toHaveLength(1);
  });

  test("a moved ticket keeps its request: what counts is the issue's id", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    await story.decide("jonas.bergmann", key, "approve");
    const moved = await fetch(`${story.jira.url}/_simulated/move`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ issue: key, projectKey: "OPS" }),
    });
    expect(moved.status).toBeLessThan(300);
    await fetch(`${story.runtime.url}/webhooks/automation`, {
      method: "POST",
      headers: { authorization: `Bearer ${keys.automationToken}` },
      body: JSON.stringify({ issueId: id }),
    });
    await story.settle();
    expect(await story.stored(id)).toMatchObject({ issueKey: expect.stringMatching(/^OPS-/) });
    await story.pass(25 * hour);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
  });

  test("an automation rule alone is enough, with the issue's key only", async () => {
    const story = await openStory();
    story.jira.deliveryFaults.add({ effect: "drop" });
    const { key } = await story.raise("alice.moreau", option.figmaViewer);
    const { key: other } = await story.raise("aiko.tanabe", option.figmaViewer);
    for (const issueKey of [key, other])
      await fetch(`${story.runtime.url}/webhooks/automation`, {
        method: "POST",
        headers: { authorization: `Bearer ${keys.automationToken}` },
        body: JSON.stringify({ v: 1, event: "request_created", issueKey }),
      });
    await story.settle();
    expect(await story.isMember("aiko.tanabe", "figma-viewers")).toBe(true);
  });

  test("of tickets that are none of ours start nothing", async () => {
    const story = await openStory();
    const { body } = await story.call("alice.moreau", "POST", "/rest/servicedeskapi/request", {
      serviceDeskId: "1",
      requestTypeId: "26",
      requestFieldValues: { summary: "My screen is dark" },
    });
    await story.settle();
    expect(body.issueKey).toBeDefined();
    expect(await story.executions()).toEqual([]);
    expect(story.host.lines.join()).toContain("not a request type of ours");
  });
});

describe("the sweeper", () => {
  test("finds a request and an approval whose webhooks were all lost", async () => {
    const story = await openStory({ sweeping: true });
    story.jira.deliveryFaults.add({ effect: "drop" });
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    await story.pass(6 * minute);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(6 * minute);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
    expect(story.host.lines.join("\n")).toMatch(/"MissedWebhooks":1/);
  });

  test("wakes access whose end is overdue, and says how late it is", async () => {
    const story = await openStory({ sweeping: true });
    const { key, id } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 hour" });
    await story.decide("jonas.bergmann", key, "approve");
    await story.states.handle("StopExecution", {
      executionArn: (await list(story))[0]?.executionArn,
      error: "Test",
    });
    await story.pass(hour + 12 * minute);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
    expect(await story.stored(id)).toMatchObject({ status: "ended" });
    expect((await story.executions()).map((one) => one.name)).toEqual([`${key}-1`, `${key}-1-run2`]);
    expect(story.host.lines.join("\n")).toMatch(/"LatenessSeconds":[1-9]/);
  });

  test("ends access whose run stopped half-way for another reason", async () => {
    const story = await openStory({ sweeping: true });
    const { key, id } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 hour" });
    story.host.fail({ function: "close-request", error: "JiraRefusedError", times: 1 });
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.stored(id)).toMatchObject({ status: "failed" });
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(true);
    await story.pass(hour + 12 * minute);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
  });

  test("starts the run of a request whose run never started", async () => {
    const story = await openStory({ sweeping: true });
    story.host.fail({ function: "reconcile-issue", error: "Crash", times: 1, after: true });
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    await story.pass(15 * minute);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await story.executions()).toHaveLength(1);
  });

  test("says of a request that hangs for how long it stands still", async () => {
    const story = await openStory({ sweeping: true });
    story.host.idle.add("ask-for-approval");
    await story.request("alice.moreau", option.githubDeveloper);
    await story.pass(50 * minute);
    const longest = () =>
      Math.max(...story.host.lines.map((line) => JSON.parse(line).StandstillSeconds ?? 0));
    expect(longest()).toBeLessThan(3_600);
    await story.pass(20 * minute);
    expect(longest()).toBeGreaterThan(3_600);
  });

  test("asks nothing of Jira for requests that simply wait", async () => {
    const story = await openStory({ sweeping: true });
    await story.request("alice.moreau", option.githubDeveloper);
    await story.pass(50 * minute);
    story.jira.calls.clear();
    await story.pass(4 * minute);
    story.jira.calls.clear();
    await story.pass(5 * minute);
    expect(story.jira.calls.all().map((call) => call.path)).toEqual(["/rest/api/3/search/jql"]);
  });
});

async function list(story: Story): Promise<{ executionArn: string }[]> {
  const stateMachineArn = story.runtime.resources.stateMachineArn("latchkey-local-access-request");
  const listed = await story.states.handle("ListExecutions", { stateMachineArn });
  return (listed as { executions: { executionArn: string }[] }).executions;
}
