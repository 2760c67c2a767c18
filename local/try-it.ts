import { localEndpoint } from "../cli/connection.ts";
import { groups, keys, people } from "./world/company.ts";
import { fieldIds } from "./world/jira/fields.ts";

/**
 * A request from its beginning to its end, as lines to paste into a shell.
 *
 * @param next how Jira will name the request and its approval
 */
export function tryIt(
  world: { jiraUrl: string; jumpcloudUrl: string; awsUrl: string },
  next: { issueKey: string; approvalId: string },
): string {
  const request = `${world.jiraUrl}/rest/servicedeskapi/request`;
  const form = {
    serviceDeskId: "1",
    requestTypeId: "25",
    requestFieldValues: {
      [fieldIds.summary]: "AWS, please",
      [fieldIds.application]: { value: "AWS", child: { value: "Developer" } },
      [fieldIds.duration]: { value: "4 hours" },
      [fieldIds.reason]: "The migration",
    },
  };
  const alice = people.find(({ email }) => email.startsWith("alice.moreau@"))?.jumpcloudId;
  const group = groups.find(({ name }) => name === "aws-developers")?.id;
  const endpoint = world.awsUrl === localEndpoint ? "" : `--endpoint ${world.awsUrl} `;
  return `Try it, in another terminal:
  Alice asks for access to AWS
    ${post("alice.moreau", request, form)}
  Jonas, her manager, approves
    ${post("jonas.bergmann", `${request}/${next.issueKey}/approval/${next.approvalId}`, { decision: "approve" })}
  JumpCloud has her in ${group}, which is aws-developers
    curl -H 'x-api-key: ${keys.jumpcloudApiKey}' '${world.jumpcloudUrl}/api/v2/users/${alice}/memberof?limit=100'
  What happened, and why
    npx latchkey ${endpoint}audit show ${next.issueKey}`;
}

function post(login: string, url: string, body: object): string {
  return `curl -u ${login}@fernhill.example:any -H 'content-type: application/json' ${url} -d '${JSON.stringify(body)}'`;
}
