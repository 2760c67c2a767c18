import { keys } from "../../local/world/company.ts";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { Jira } from "../../src/jira/jira.ts";
import { type JiraCredentials, jiraApi } from "../../src/jira/jira-api.ts";
import { JiraOptions } from "../../src/jira/jira-options.ts";
import { ServiceDesk } from "../../src/jira/service-desk.ts";
import { JumpCloud } from "../../src/jumpcloud/jumpcloud.ts";
import { JumpCloudAccounts } from "../../src/jumpcloud/jumpcloud-accounts.ts";
import { type JumpCloudCredentials, jumpcloudApi } from "../../src/jumpcloud/jumpcloud-api.ts";
import { JumpCloudGraph } from "../../src/jumpcloud/jumpcloud-graph.ts";
import { JumpCloudGroups } from "../../src/jumpcloud/jumpcloud-groups.ts";
import { JumpCloudInventory } from "../../src/jumpcloud/jumpcloud-inventory.ts";
import { jiraSite } from "../local/world/jira/jira-site.ts";
import { openJumpCloud } from "../local/world/jumpcloud/open-jumpcloud.ts";

/** A clock whose waits cost no time, and are written down. */
function impatientClock(startAt: number) {
  const waits: number[] = [];
  let now = startAt;
  return {
    waits,
    now: () => now,
    sleep: async (milliseconds: number) => {
      waits.push(milliseconds);
      now += milliseconds;
    },
  };
}

const renewing = <Kind>(given: Kind[]) => {
  let current = 0;
  return {
    read: async () => given[current] as Kind,
    renew: async () => {
      if (current + 1 === given.length) return false;
      current++;
      return true;
    },
  };
};

/**
 * A simulated Jira, and Latchkey's client for it.
 *
 * @param credentials what the secret holds, and what it holds when it is read again
 */
export async function jiraClient(...credentials: JiraCredentials[]) {
  const site = await jiraSite();
  const clock = impatientClock(site.clock.now());
  const token = { kind: "token" as const, email: keys.jiraServiceAccountEmail, token: keys.jiraApiToken };
  const urls = { api: site.jira.gatewayUrl, token: `${site.jira.url}/oauth/token` };
  const http = jiraApi(urls, renewing(credentials.length > 0 ? credentials : [token]), clock);
  const settings = {
    fieldIds: [fieldIds.requestType, fieldIds.application, fieldIds.duration, fieldIds.beneficiary],
    serviceAccount: keys.jiraServiceAccountId,
  };
  return {
    ...site,
    waits: clock.waits,
    client: new Jira(http, async () => settings),
    serviceDesk: new ServiceDesk(http),
    options: new JiraOptions(http),
  };
}

/** A simulated JumpCloud, and Latchkey's client for it. `paced` is what the client told its pace. */
export async function jumpcloudClient(...credentials: JumpCloudCredentials[]) {
  const organization = await openJumpCloud();
  const clock = impatientClock(organization.clock.now());
  const paced: string[] = [];
  const pace = {
    next: async () => void paced.push("next"),
    slowDown: async () => void paced.push("slow down"),
  };
  const key = { kind: "api-key" as const, key: keys.jumpcloudApiKey };
  const http = jumpcloudApi(
    { api: organization.url, token: `${organization.url}/oauth2/token` },
    async () => keys.jumpcloudOrganization,
    renewing(credentials.length > 0 ? credentials : [key]),
    pace,
    clock,
  );
  return {
    ...organization,
    waits: clock.waits,
    paced,
    client: new JumpCloud(http),
    graph: new JumpCloudGraph(http),
    inventory: new JumpCloudInventory(http),
    accounts: new JumpCloudAccounts(http),
    groups: new JumpCloudGroups(http),
  };
}
