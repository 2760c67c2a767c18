import { setTimeout as wait } from "node:timers/promises";
import { Command } from "commander";
import { connect } from "../cli/connection.ts";
import { firstBreak } from "../src/audit/audit-trail.ts";
import { describeEntry } from "../src/audit/describe.ts";
import { RunningClock } from "./clock.ts";
import { Narrator, nameOf, withNames } from "./narrator.ts";
import { serve } from "./serve.ts";
import { readPolicy } from "./start-program.ts";
import { groups, keys, people } from "./world/company.ts";
import { fieldIds } from "./world/jira/fields.ts";
import { applicationOptions, durationOptions } from "./world/jira/form.ts";
import { statusIds, transitionIds } from "./world/jira/workflow.ts";

// `npm run demo`: one whole story, told as it happens. People do what they would do, by Jira's own API; whether it worked is
// asked of Jira and JumpCloud. Ends with 0 only if everything really happened; `--jumpcloud-refuses` shows that it can fail.

const say = (line = "") => process.stdout.write(`${line}\n`);
const chapter = (title: string) => say(`\n── ${title} ${"─".repeat(Math.max(3, 76 - title.length))}\n`);

type Answer = { status: number; body: unknown };

/** What a path of keys and positions leads to in parsed JSON. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      inner !== null && typeof inner === "object" && Object.hasOwn(inner, key)
        ? Reflect.get(inner, key)
        : undefined,
    value,
  );
}

async function call(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** Asks again and again until the answer is as it should be; the demo fails when it never is. */
async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
  for (let tries = 0; tries < 300; tries++) {
    const value = await look();
    if (value !== undefined) return value;
    await wait(100);
  }
  throw new Error(`It never came true that ${what}.`);
}

async function tell({ jumpcloudRefuses }: { jumpcloudRefuses?: boolean }): Promise<void> {
  say(
    "Latchkey is started as it would be deployed: its CDK stack, on this machine, between a simulated Jira and",
  );
  say("a simulated JumpCloud. This takes a few seconds.");
  const narrator = new Narrator((line) => say(`  ${line}`));
  const served = await serve({
    clock: new RunningClock(),
    port: 0,
    awsPort: 0,
    policy: readPolicy("policy"),
    onCall: narrator.onCall,
    onEvent: narrator.onEvent,
  });
  if (jumpcloudRefuses) served.jumpcloud?.faults.add({ method: "POST", path: /\/members$/, status: 403 });
  try {
    await play(served.jiraUrl, served.jumpcloudUrl, served.runtime.awsUrl);
  } finally {
    await served.stop();
  }
}

async function play(jiraUrl: string, jumpcloudUrl: string, awsUrl: string): Promise<void> {
  const alice = person("alice.moreau");
  const group = groups.find((one) => one.name === "aws-developers")?.id ?? "";
  const jira = (email: string, method: string, path: string, body?: object) =>
    call(
      jiraUrl + path,
      method,
      { authorization: `Basic ${Buffer.from(`${email}:demo`).toString("base64")}` },
      body,
    );
  const isMember = async () => {
    const path = `/api/v2/users/${alice.jumpcloudId}/memberof?limit=100`;
    const { body } = await call(jumpcloudUrl + path, "GET", { "x-api-key": keys.jumpcloudApiKey });
    return Array.isArray(body) && body.some((one) => at(one, "id") === group);
  };

  chapter("Alice asks for the AWS developer role, for four hours");
  if (await isMember()) throw new Error("Alice has the role before the story begins.");
  const aws = applicationOptions.AWS;
  const created = await jira(alice.email, "POST", "/rest/servicedeskapi/request", {
    serviceDeskId: "1",
    requestTypeId: "25",
    requestFieldValues: {
      [fieldIds.summary]: "AWS for the migration",
      [fieldIds.application]: { id: aws?.id, child: { id: aws?.entitlements.Developer } },
      [fieldIds.duration]: { id: durationOptions["4 hours"] },
      [fieldIds.reason]: "I look after the migration this week",
    },
  });
  const key = String(at(created.body, "issueKey"));
  const manager = person("jonas.bergmann");
  const approvals = `/rest/servicedeskapi/request/${key}/approval`;
  const approval = await until("her manager is asked", async () => {
    const { body } = await jira(manager.email, "GET", approvals);
    return at(body, "values", 0, "finalDecision") === "pending" ? at(body, "values", 0, "id") : undefined;
  });
  if (await isMember()) throw new Error("Alice has the role before anybody approved.");

  chapter("Her manager approves, in Jira");
  const decided = await jira(manager.email, "POST", `${approvals}/${String(approval)}`, {
    decision: "approve",
  });
  if (decided.status !== 200) throw new Error(`Jira did not take the approval: HTTP ${decided.status}.`);
  const statusOf = async () =>
    at(
      (await jira(alice.email, "GET", `/rest/api/3/issue/${key}?fields=status`)).body,
      "fields",
      "status",
      "id",
    );
  await until("the ticket says that access was granted", async () => {
    const status = await statusOf();
    if (status === statusIds.needsAttention)
      throw new Error("The ticket does not say granted: it asks for an operator.");
    return status === statusIds.granted ? true : undefined;
  });
  if (!(await isMember())) throw new Error("The ticket says granted, but JumpCloud does not show it.");
  say("\n  JumpCloud shows Alice in aws-developers.");

  chapter("She is done early, and presses “End access now” on the portal");
  const pressed = await jira(alice.email, "POST", `/rest/servicedeskapi/request/${key}/transition`, {
    id: transitionIds.endAccessNow,
  });
  if (pressed.status !== 204) throw new Error(`Jira did not take the early end: HTTP ${pressed.status}.`);
  await until("the ticket says that access has ended", async () =>
    (await statusOf()) === statusIds.ended ? true : undefined,
  );
  if (await isMember()) throw new Error("The ticket says ended, but JumpCloud still shows it.");
  say("\n  JumpCloud no longer shows Alice in aws-developers.");

  chapter(`The audit trail of ${key}`);
  const operator = connect({ stage: "local", endpoint: awsUrl });
  const [request] = await operator.requests.byKey(key);
  const entries = await operator.audit.entries(request?.requestId ?? "");
  for (const entry of entries)
    say(
      `  ${String(entry.sequence).padStart(2)}  ${entry.hash.slice(0, 8)}  ${withNames(describeEntry(entry, nameOf))}`,
    );
  if (firstBreak(entries) !== undefined || entries.length < 9)
    throw new Error("The audit trail is not whole.");
  say(`\n  Each entry carries the hash of the one before it; the chain of ${entries.length} is whole.`);
}

function person(login: string) {
  const found = people.find((one) => one.email.startsWith(`${login}@`));
  if (!found) throw new Error(`Nobody is called ${login}.`);
  return found;
}

const options = new Command("npm run demo --")
  .description("Tells one whole story: a request, its approval, the access, its early end, the audit trail.")
  .option("--jumpcloud-refuses", "lets JumpCloud refuse to change groups, so that the story goes wrong")
  .parse()
  .opts<{ jumpcloudRefuses?: boolean }>();
try {
  await tell(options);
  say("\nEverything in this story really happened. Try it yourself: npm start");
  process.exit(0);
} catch (error) {
  say(`\nThe story went wrong: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
