import * as v from "valibot";
import { JiraCredentials } from "../src/jira/jira-api.ts";
import { JumpCloudCredentials } from "../src/jumpcloud/jumpcloud-api.ts";
import type { Connection } from "./connection.ts";

/** Where Jira and JumpCloud answer, if not at their own addresses. */
export type Addresses = { jira?: string; jumpcloud?: string };

const Myself = v.object({ accountId: v.string() });

/**
 * Tries a key with one harmless read.
 *
 * @returns what it is good for, in a few words
 * @throws Error that says why it cannot be used; nothing of the value
 */
export async function probe(
  connection: Connection,
  name: string,
  value: unknown,
  addresses: Addresses,
): Promise<string> {
  const site = (await connection.policies.latest())?.site;
  if (!site)
    throw new Error("No policy is in force, so nobody knows where to try a key: run “latchkey apply” first.");
  switch (name) {
    case "jira-api": {
      const jira = connection.jira(site.jira, v.parse(JiraCredentials, value), addresses.jira);
      const { text } = await jira.call({ method: "GET", path: "/rest/api/3/myself" });
      const { accountId } = v.parse(Myself, JSON.parse(text));
      if (accountId !== site.jira.serviceAccount)
        throw new Error(
          `it is the key of ${accountId}, and jira.serviceAccount is ${site.jira.serviceAccount}`,
        );
      return `account ${accountId}`;
    }
    case "jumpcloud-read":
    case "jumpcloud-write": {
      const credentials = v.parse(JumpCloudCredentials, value);
      const jumpcloud = connection.jumpcloud(site.jumpcloud, credentials, addresses.jumpcloud);
      await jumpcloud.call({ method: "GET", path: "/api/v2/usergroups", query: { limit: "1" } });
      return `organisation ${site.jumpcloud.organization}`;
    }
    default:
      return "not tried: only Jira uses it";
  }
}
