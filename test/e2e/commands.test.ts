import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { policyFolder } from "../cli/support.ts";
import { groupOf, personOf } from "../support/company-story.ts";
import { atJira, type Ended, type Running, run, start, temporaryFolder, until } from "./process.ts";

// The commands as people run them, each a process of its own. They are slow to start, so they run side by side.

const awsDeveloper: [string, string] = ["10102", "10203"];

/** One request, by ordinary calls to Jira, until the ticket says that access was granted. */
async function getAccess(jiraUrl: string, duration: string): Promise<string> {
  const jira = atJira(jiraUrl);
  const { key } = await jira.raise("alice.moreau", awsDeveloper, duration);
  const approval = await until("her manager is asked", () => jira.pendingApproval("jonas.bergmann", key));
  const path = `/rest/servicedeskapi/request/${key}/approval/${approval}`;
  const answer = await jira.call("jonas.bergmann", "POST", path, { decision: "approve" });
  expect(answer).toMatchObject({ status: 200, body: { finalDecision: "approved" } });
  await ticketSays(jiraUrl, key, "Granted");
  return key;
}

async function ticketSays(jiraUrl: string, key: string, status: string): Promise<void> {
  await until(`the ticket says ${status}`, async () =>
    (await atJira(jiraUrl).status(key)) === status ? true : undefined,
  );
}

async function hasAccess({ jumpcloudUrl, jumpcloudApiKey = "" }: Running["ready"]): Promise<boolean> {
  const path = `/api/v2/users/${personOf("alice.moreau").jumpcloudId}/memberof?limit=100`;
  const answer = await fetch(`${jumpcloudUrl}${path}`, { headers: { "x-api-key": jumpcloudApiKey } });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { id: string }[]).some(({ id }) => id === groupOf("aws-developers"));
}

function latchkey(...args: string[]): Promise<Ended> {
  return run("cli/latchkey.ts", args);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === "object" ? address.port : 0;
}

describe.concurrent("the commands", { timeout: 180_000 }, () => {
  test("npm start serves everything, keeps its state between two lives, and lets hours pass in seconds", async ({
    onTestFinished,
  }) => {
    const state = temporaryFolder(onTestFinished);
    const args = ["--port", "0", "--aws-port", "0", "--state", state];
    const first = await start("local/start.ts", args, onTestFinished);
    const { ready } = first;
    expect(Object.keys(ready)).toEqual([
      "url",
      "awsUrl",
      "jiraUrl",
      "jumpcloudUrl",
      "jumpcloudApiKey",
      "webhookSecret",
      "automationToken",
    ]);
    expect((await fetch(`${ready.url}/healthz`)).status).toBe(200);
    expect(await hasAccess(ready)).toBe(false);
    const key = await getAccess(ready.jiraUrl ?? "", "30 days");
    expect(await hasAccess(ready)).toBe(true);

    const { code, out } = await latchkey("--endpoint", ready.awsUrl ?? "", "audit", "show", key);
    expect(code).toBe(0);
    expect(out).toMatch(/ {2}Granted and seen in JumpCloud: group 6a00000000000000000b0003 added, until /);
    expect(out).toMatch(/ {2}The chain of \d+ entries is whole\.\n$/);
    expect(first.output()).toContain("alice.moreau@fernhill.example is now in aws-developers");
    expect(first.output()).toContain(`npx latchkey --endpoint ${ready.awsUrl} audit show ${key}\n`);

    const second = run("local/start.ts", ["--port", "0", "--state", state]);
    const port = new URL(ready.url ?? "").port;
    const third = run("local/start.ts", ["--port", port, "--memory"]);
    expect(await second).toEqual({
      code: 1,
      out: "",
      err: `The state in ${state} cannot be opened. Is Latchkey running already? Else choose another with --state, or --memory.\n`,
    });
    expect(await third).toEqual({
      code: 1,
      out: "",
      err: `Port ${port}, for webhooks, is in use. Is Latchkey running already? Else choose others with --port and --aws-port.\n`,
    });
    expect(await first.end("SIGTERM")).toBe(0);

    // A month of the first access is twelve minutes then, and an hour of the second one is a second.
    const again = await start("local/start.ts", [...args, "--time-scale", "3600"], onTestFinished);
    expect(await hasAccess(again.ready)).toBe(true);
    expect(again.output()).toContain("audit show ACC-2\n");
    const timed = await getAccess(again.ready.jiraUrl ?? "", "1 hour");
    expect(timed).toBe("ACC-2");
    await ticketSays(again.ready.jiraUrl ?? "", timed, "Ended");
    // The first request still gives it.
    expect(await hasAccess(again.ready)).toBe(true);
    expect(await again.end("SIGINT")).toBe(0);
  });

  test("npm start works with a world that another process serves", async ({ onTestFinished }) => {
    const port = await freePort();
    const webhookUrl = `http://127.0.0.1:${port}`;
    const world = await start(
      "local/start-world.ts",
      ["--jira-port", "0", "--jumpcloud-port", "0", "--webhook-url", webhookUrl],
      onTestFinished,
    );
    const { jiraUrl = "", jumpcloudUrl = "", secrets } = world.ready;
    const file = join(temporaryFolder(onTestFinished), "secrets.json");
    writeFileSync(file, JSON.stringify(secrets));
    const latchkey = await start(
      "local/start.ts",
      [
        ...["--port", String(port), "--aws-port", "0", "--memory", "--secrets", file],
        ...["--jira-url", jiraUrl, "--jumpcloud-url", jumpcloudUrl],
      ],
      onTestFinished,
    );
    expect(Object.keys(latchkey.ready)).toEqual(["url", "awsUrl", "jiraUrl", "jumpcloudUrl"]);
    expect(latchkey.ready).toMatchObject({ url: webhookUrl, jiraUrl, jumpcloudUrl });
    await getAccess(jiraUrl, "4 hours");
    expect(await hasAccess(world.ready)).toBe(true);
    expect(await latchkey.end("SIGTERM")).toBe(0);
    expect(await world.end("SIGTERM")).toBe(0);
  });

  test("what npm runs ends with npm", async ({ onTestFinished }) => {
    const world = await start(
      "run",
      ["world", "--", "--jira-port", "0", "--jumpcloud-port", "0"],
      onTestFinished,
      "npm",
    );
    const answers = () =>
      fetch(`${world.ready.jiraUrl}/rest/api/3/serverInfo`).then(
        () => true,
        () => false,
      );
    expect(await answers()).toBe(true);
    await world.end("SIGTERM");
    await until("the world is gone", async () => ((await answers()) ? undefined : true));
  });

  test("npm run demo tells a whole story, and fails when a part of it does not happen", async () => {
    const told = await run("run", ["--silent", "demo"], "npm");
    expect(told.err).toBe("");
    expect(told.out).toContain("Alice Moreau made a request on the portal");
    expect(told.out).toContain("Jonas Bergmann approved in Jira.");
    expect(told.out).toContain("JumpCloud shows Alice in aws-developers.");
    expect(told.out).toContain("JumpCloud no longer shows Alice in aws-developers.");
    expect(told.out).toMatch(/the chain of \d+ is whole\.\n\nEverything in this story really happened\./);
    expect(told.code).toBe(0);

    const failed = await run("run", ["--silent", "demo", "--", "--jumpcloud-refuses"], "npm");
    expect(failed.out).toMatch(
      /\nThe story went wrong: The ticket does not say granted: it asks for an operator\.\n$/,
    );
    expect(failed.out).not.toContain("JumpCloud shows Alice");
    expect(failed.code).toBe(1);
  });

  test("what cannot be started says why in one line, and ends with 1", async ({ onTestFinished }) => {
    const folder = policyFolder(["policy.yaml", "expiresAfter: 7d", "expiresAfter: soon"]);
    const secrets = join(temporaryFolder(onTestFinished), "secrets.json");
    writeFileSync(secrets, '{"jira-api":{"kind":"token"}}');
    const cases: [string[], string][] = [
      [["--bogus"], "error: unknown option '--bogus'\n"],
      [
        ["--port", "many"],
        "error: option '--port <number>' argument 'many' is invalid. Expected a port from 0 to 65535.\n",
      ],
      [
        ["--policy", folder],
        `${folder}/policy.yaml:77:15 expiresAfter: found "soon"; expected a number and m, h or d, such as 4h\nNothing was started.\n`,
      ],
      [["--secrets", "nowhere.json"], "--secrets nowhere.json: nowhere.json cannot be read: ENOENT.\n"],
      [
        ["--secrets", secrets],
        `--secrets ${secrets}: This value cannot be used for jira-api: email: missing; token: missing.\n`,
      ],
      [
        ["--jira-url", "https://fernhill.atlassian.net"],
        "A real site needs its keys: give jira-webhook, jira-api by --secrets.\n",
      ],
    ];
    for (const [args, err] of cases)
      expect(await run("local/start.ts", ["--memory", ...args])).toEqual({ code: 1, out: "", err });
    expect(await run("local/start-world.ts", ["--webhook-url", "here"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: .*Expected a URL with http or https\.\n$/),
    });
  });
});
