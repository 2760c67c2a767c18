import * as v from "valibot";
import { JumpCloud } from "../jumpcloud/jumpcloud.ts";
import { JumpCloudAccounts } from "../jumpcloud/jumpcloud-accounts.ts";
import { JumpCloudCredentials, jumpcloudApi } from "../jumpcloud/jumpcloud-api.ts";
import { JumpCloudGraph } from "../jumpcloud/jumpcloud-graph.ts";
import { JumpCloudGroups } from "../jumpcloud/jumpcloud-groups.ts";
import { JumpCloudInventory } from "../jumpcloud/jumpcloud-inventory.ts";
import type { JumpCloudEnvironment } from "../lambda/environments.ts";
import type { Platform } from "../lambda/platform.ts";
import { Secret } from "../lambda/secret.ts";
import type { Applied } from "../policy/applied.ts";
import { Pace } from "../storage/pace.ts";
import type { Table } from "../storage/table.ts";

type Tables = { requestsTable: Table; policy: { current(): Promise<Applied> } };

/** @param calls how many calls the function usually makes */
export function wireJumpCloud(
  environment: v.InferOutput<typeof JumpCloudEnvironment>,
  platform: Platform,
  tables: Tables,
  calls: number,
): JumpCloud {
  return new JumpCloud(wireHttp(environment, platform, tables, calls));
}

/** Nothing is read, the secret neither, before the graph is asked something. */
export function wireGraph(
  environment: v.InferOutput<typeof JumpCloudEnvironment>,
  platform: Platform,
  tables: Tables,
): JumpCloudGraph {
  return new JumpCloudGraph(wireHttp(environment, platform, tables, 6));
}

/** What actions look at before they are done. */
export function wireLooks(
  environment: v.InferOutput<typeof JumpCloudEnvironment>,
  platform: Platform,
  tables: Tables,
) {
  const http = wireHttp(environment, platform, tables, 2);
  return {
    directory: new JumpCloud(http),
    groups: new JumpCloudGroups(http),
    reach: new JumpCloudGraph(http),
  };
}

/** What actions change; one secret and one pace for all of it. */
export function wireChanges(
  environment: v.InferOutput<typeof JumpCloudEnvironment>,
  platform: Platform,
  tables: Tables,
) {
  const http = wireHttp(environment, platform, tables, 3);
  const directory = new JumpCloud(http);
  return {
    directory,
    memberships: directory,
    accounts: new JumpCloudAccounts(http),
    groups: new JumpCloudGroups(http),
  };
}

export function wireInventory(
  environment: v.InferOutput<typeof JumpCloudEnvironment>,
  platform: Platform,
  tables: Tables,
): JumpCloudInventory {
  return new JumpCloudInventory(wireHttp(environment, platform, tables, 5));
}

function wireHttp(
  environment: v.InferOutput<typeof JumpCloudEnvironment>,
  platform: Platform,
  { requestsTable, policy }: Tables,
  calls: number,
) {
  const credentials = new Secret(platform, environment.JUMPCLOUD_SECRET, (value) =>
    v.parse(JumpCloudCredentials, value),
  );
  const urls = { api: environment.JUMPCLOUD_URL, token: environment.JUMPCLOUD_TOKEN_URL };
  const organization = async () => (await policy.current()).site.jumpcloud.organization;
  const pace = new Pace(requestsTable, platform.clock, calls);
  return jumpcloudApi(urls, organization, credentials, pace, platform.clock);
}
