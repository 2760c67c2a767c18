import { keys } from "../../local/world/company.ts";
import { fieldIds } from "../../local/world/jira/fields.ts";
import type { AnyRequest } from "../../src/requests/request.ts";
import { day, hour, openStory, option, personOf, type Story } from "../support/company-story.ts";

/** What Jira answers about one ticket at one moment, and what Latchkey has stored about it then. */
export type Scene = {
  name: string;
  issueId: string;
  issueKey: string;
  now: number;
  request: AnyRequest | undefined;
  /** By method and path without the query. What is not there is answered 404. */
  answers: Record<string, unknown>;
};

/** Tickets in every state in which reconcile-issue reads something of Jira, as the simulated Jira shows them. */
export async function recordScenes(): Promise<Scene[]> {
  const story = await openStory();
  const scenes: Scene[] = [];
  const look = async (name: string, issue: { id: string; key: string }, isKnown = true) => {
    scenes.push({
      name,
      issueId: issue.id,
      issueKey: issue.key,
      now: story.clock.now(),
      request: isKnown ? await story.operator.anyRequests.latest(issue.id) : undefined,
      answers: await answersAbout(story, issue),
    });
  };
  const unheard = async (happening: () => Promise<unknown>) => {
    story.host.idle.add("reconcile-issue");
    await happening();
    await story.settle();
    story.host.idle.delete("reconcile-issue");
  };

  const access = await story.raise("alice.moreau", option.awsDeveloper, {
    duration: "1 day",
    beneficiary: "alice.moreau",
  });
  await look("a new ticket", access, false);
  await story.settle();
  await look("a ticket that waits for approval", access);
  await unheard(() => story.decideOnly("jonas.bergmann", access.key, "approve"));
  await look("a ticket that was approved", access);

  const moved = await story.request("alice.moreau", option.githubDeveloper);
  await unheard(() => story.move("oskar.weiss", moved.key, "skipApproval"));
  await look("a ticket that was moved by hand", moved);
  const edited = await story.request("alice.moreau", option.githubDeveloper);
  await unheard(async () => {
    const body = { fields: { [fieldIds.reporter]: { accountId: personOf("chloe.dubois").accountId } } };
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${edited.key}`, body);
  });
  await look("a ticket that was edited", edited);

  const held = await story.request("alice.moreau", option.awsDeveloper, { duration: "30 days" });
  await story.decide("jonas.bergmann", held.key, "approve");
  await look("a ticket whose access is held", held);
  await unheard(() => story.pressOnly("alice.moreau", held.key, "askForMoreTime"));
  await look("a ticket that asks for more time", held);
  await unheard(() => story.pressOnly("alice.moreau", held.key, "endAccessNow"));
  await look("a ticket that was ended early", held);

  const declined = await story.request("alice.moreau", option.githubDeveloper);
  await story.decide("jonas.bergmann", declined.key, "decline");
  await look("a ticket that is over", declined);

  const help = await story.askOnly("samuel.adeyemi", "30", {
    [fieldIds.firstName]: "Ina",
    [fieldIds.lastName]: "Ek",
    [fieldIds.department]: "Engineering",
    [fieldIds.privateAddress]: "ina@private.example",
    [fieldIds.manager]: { accountId: personOf("jonas.bergmann").accountId },
    [fieldIds.start]: new Date(story.clock.now() + 3 * day).toISOString(),
  });
  await look("a new ticket for actions", help, false);
  await story.settle();
  await look("actions that wait for approval", help);
  await story.decide("beatrice.conti", help.key, "approve");
  await story.pass(hour);
  await look("actions that wait for a date", help);
  await story.stop();
  return scenes;
}

async function answersAbout(
  story: Story,
  { id, key }: { id: string; key: string },
): Promise<Record<string, unknown>> {
  const authorization = `Basic ${Buffer.from(`${keys.jiraServiceAccountEmail}:${keys.jiraApiToken}`).toString("base64")}`;
  const answers: Record<string, unknown> = {};
  const accountId = personOf("jonas.bergmann").accountId;
  const paths = [
    `/rest/api/3/issue/${id}?fields=*all&expand=transitions`,
    `/rest/api/3/issue/${key}?fields=*all&expand=transitions`,
    `/rest/servicedeskapi/request/${id}/approval`,
    `/rest/api/3/issue/${id}/changelog`,
    `/rest/api/3/issue/${id}/comment`,
    `/rest/api/3/user?accountId=${accountId}`,
    "/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS",
  ];
  for (const path of paths) {
    const answer = await fetch(story.jira.url + path, { headers: { authorization } });
    if (answer.status !== 200) throw new Error(`${path} is answered ${answer.status}`);
    answers[`GET ${path.split("?")[0]}`] = await answer.json();
  }
  answers[`POST /rest/api/3/issue/${id}/transitions`] = {};
  answers[`POST /rest/api/3/issue/${id}/comment`] = { id: "1" };
  answers[`POST /rest/servicedeskapi/request/${id}/comment`] = { id: "1" };
  return answers;
}
