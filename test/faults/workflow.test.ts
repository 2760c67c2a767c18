import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { retryRequest } from "../../cli/request-commands.ts";
import { keys, simulatedSecrets } from "../../local/world/company.ts";
import { hour, minute, openStory, option, type Story } from "../support/company-story.ts";
import { fault } from "./list.ts";
import { watch } from "./watch.ts";
import { isCall, isSave, refusal } from "./wires.ts";

// AWS's client would wait in real time before it tries again; the tries that count here are those of queue and run.
beforeEach(() => void vi.stubEnv("AWS_MAX_ATTEMPTS", "1"));

const visibility = 6 * minute;

describe(fault(6), () => {
  async function killed(story: Story) {
    const aws = await story.wireTo("AWS");
    const watched = await watch(story);
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    const onMet = () => story.host.kill("reconcile-issue");
    aws.faults.add({ fits: (text) => isSave(text, "approved"), times: 1, effect: "silence", onMet });
    await story.decideOnly("jonas.bergmann", issue.key, "approve");
    return { aws, watched, issue };
  }

  test("the message comes again", async () => {
    const story = await openStory();
    const { watched, issue } = await killed(story);
    await story.settle();
    await watched.expectOnce(issue, { status: "approved" });
    await story.pass(visibility);
    await watched.expectOnce(issue, { status: "granted" });
  });

  test("the message is given up, and the sweeper finds the request", async () => {
    const story = await openStory({ sweeping: true });
    const { aws, watched, issue } = await killed(story);
    aws.faults.add({ fits: (text) => isCall(text, "SendTaskSuccess"), times: 4, effect: "reset" });
    await story.pass(5 * visibility);
    await story.pass(10 * minute);
    await watched.expectOnce(issue, { status: "granted", deadLetters: 1 });
  });
});

test.each(["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])(`${fault(7)} (%s)`, async (error) => {
  const story = await openStory({ sweeping: true });
  const aws = await story.wireTo("AWS");
  const watched = await watch(story);
  const issue = await story.request("alice.moreau", option.githubDeveloper);
  aws.faults.add({ fits: (text) => isCall(text, "SendTaskSuccess"), times: 1, effect: refusal(error) });
  await story.decide("jonas.bergmann", issue.key, "approve");
  await watched.expectOnce(issue, { status: "approved" });
  const looks = story.host.invocations.filter(({ name }) => name === "reconcile-issue");
  expect(looks.flatMap((one) => one.error ?? [])).toEqual([]);
  // The token is still kept, and the next look tries it again.
  await story.pass(20 * minute);
  await watched.expectOnce(issue, { status: "granted" });
});

describe(fault(8), () => {
  test("started, and the answer was lost: the second start finds the run at work", async () => {
    const story = await openStory();
    const aws = await story.wireTo("AWS");
    const watched = await watch(story);
    aws.faults.add({ fits: (text) => isCall(text, "StartExecution"), times: 1, effect: "reset after" });
    // The run has not gone on when the message comes again: seven tries take nine minutes.
    vi.spyOn(Math, "random").mockReturnValue(0.9);
    onTestFinished(() => void vi.restoreAllMocks());
    story.host.fail({ function: "check-request", error: "Lambda.TooManyRequestsException", times: 7 });
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    await story.pass(15 * minute);
    await story.decide("jonas.bergmann", issue.key, "approve");
    const { aws: calls } = await watched.expectOnce(issue, { status: "granted" });
    expect(calls.filter(({ operation }) => operation === "StartExecution").length).toBeGreaterThan(1);
  });

  // The name is taken by a run that does not know the request: it stops, which wakes an operator, and the sweeper starts another.
  test("the name is taken by a run with other input", async () => {
    const story = await openStory({ sweeping: true });
    const watched = await watch(story);
    const next = story.jira.next().issueKey;
    const stateMachineArn = story.runtime.resources.stateMachineArn("latchkey-local-access-request");
    const input = JSON.stringify({ requestId: "99999-1" });
    await story.states.handle("StartExecution", { stateMachineArn, name: `${next}-1`, input });
    await story.settle();
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    expect(issue.key).toBe(next);
    await watched.expectOnce(issue, { status: "requested", runs: ["FAILED"], ticket: "open" });
    await story.pass(20 * minute);
    await story.decide("jonas.bergmann", issue.key, "approve");
    await watched.expectOnce(issue, { status: "granted", runs: ["FAILED", "SUCCEEDED"] });
  });
});

// The queue has no jitter: a message comes back after its visibility timeout, one issue apart from the other.
test(fault(9), async () => {
  const story = await openStory();
  const aws = await story.wireTo("AWS");
  const watched = await watch(story);
  const throttle = async (happening: () => Promise<unknown>) => {
    const end = aws.faults.add({
      fits: (text) => /^x-amz-target: (DynamoDB|AWSStepFunctions)/im.test(text),
      effect: refusal("ThrottlingException"),
    });
    await happening();
    await story.pass(minute);
    end();
    await story.pass(visibility);
  };
  let issue = { key: "", id: "" };
  await throttle(async () => {
    issue = await story.raise("alice.moreau", option.githubDeveloper);
  });
  await watched.expectOnce(issue, { status: "asked" });
  await throttle(() => story.decideOnly("jonas.bergmann", issue.key, "approve"));
  await watched.expectOnce(issue, { status: "granted" });
  const errors = story.host.invocations.flatMap(({ error }) => error ?? []);
  expect(new Set(errors)).toEqual(new Set(["StorageUnavailableError"]));
});

describe(fault(22), () => {
  test("the webhook's secret: current and previous count", async () => {
    const story = await openStory();
    const watched = await watch(story);
    const credentials = { accessKeyId: "operator", secretAccessKey: "operator" };
    const secrets = new SecretsManagerClient({
      endpoint: story.runtime.awsUrl,
      region: "eu-west-1",
      credentials,
    });
    const keep = async (signingSecrets: string[]) => {
      const SecretString = JSON.stringify({ ...simulatedSecrets["jira-webhook"], signingSecrets });
      await secrets.send(
        new PutSecretValueCommand({ SecretId: "latchkey-local/jira-webhook", SecretString }),
      );
      await story.pass(6 * minute); // kept in memory for five minutes
    };
    await keep(["the-new-signing-secret", keys.webhookSecret]);
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    await watched.expectOnce(issue, { status: "asked" });
    const { body } = await story.call("nadia.rahman", "GET", "/rest/webhooks/1.0/webhook");
    for (const webhook of body)
      await story.call("nadia.rahman", "PUT", new URL(webhook.self).pathname, {
        ...webhook,
        secret: "the-new-signing-secret",
      });
    await story.decide("jonas.bergmann", issue.key, "approve");
    await watched.expectOnce(issue, { status: "granted" });

    await keep(["the-new-signing-secret"]);
    const next = await story.request("alice.moreau", option.notionMember);
    expect((await story.stored(next.id)).status).toBe("asked");
  });

  test("JumpCloud's key: one refusal for each try of the run, then an operator, and no more calls until somebody tries again", async () => {
    const story = await openStory();
    const watched = await watch(story);
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    const end = story.jumpcloud.faults.add({ status: 401 });
    const seen = story.jumpcloud.calls.all().length;
    const refused = () =>
      story.jumpcloud.calls
        .all()
        .slice(seen)
        .filter(({ status }) => status === 401);
    await story.decide("jonas.bergmann", issue.key, "approve");
    await story.pass(hour);
    await watched.expectOnce(issue, { status: "failed" });
    // The first and eight more: a key that was just changed may take a while to be there.
    expect(refused()).toHaveLength(9);
    expect(await story.stored(issue.id)).toMatchObject({ failure: { error: "JumpCloudUnavailableError" } });
    await story.pass(hour);
    expect(refused()).toHaveLength(9);
    end();
    await retryRequest(story.operator, issue.key, { json: false, write: () => {} });
    await story.settle();
    await watched.expectOnce(issue, { status: "granted", runs: ["FAILED", "SUCCEEDED"] });
  });
});

describe(fault(23), () => {
  test("two copies: the second finds the message visible again while the first still writes", async () => {
    const story = await openStory();
    const aws = await story.wireTo("AWS");
    const watched = await watch(story);
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    const late = visibility + 30_000;
    aws.faults.add({ fits: (text) => isSave(text, "approved"), times: 1, delayMs: late, effect: "pass" });
    await story.decide("jonas.bergmann", issue.key, "approve");
    await story.pass(visibility + 10_000);
    const { request } = await watched.expectOnce(issue, { status: "granted" });
    await story.pass(hour);
    expect((await watched.expectOnce(issue, { status: "granted" })).request).toEqual(request);
    const lost = story.awsCalls.filter(
      ({ resource, caller, outcome }) =>
        resource === "latchkey-local-requests" &&
        caller.includes("reconcile") &&
        outcome === "ConditionalCheckFailedException",
    );
    expect(lost).toHaveLength(1);
  });

  test("a poisoned message is given up after five tries, and does its work when it is moved back", async () => {
    const story = await openStory();
    const watched = await watch(story);
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    story.host.fail({ function: "reconcile-issue", error: "TypeError", times: 5 });
    await story.decide("jonas.bergmann", issue.key, "approve");
    await story.pass(5 * visibility + minute);
    await watched.expectOnce(issue, { status: "asked", ticket: "approved", deadLetters: 1 });
    await story.moveDeadLettersBack();
    await watched.expectOnce(issue, { status: "granted" });
  });
});
