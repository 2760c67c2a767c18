import * as v from "valibot";
import { JumpCloud } from "../jumpcloud/jumpcloud.ts";
import { JumpCloudCredentials, jumpcloudApi } from "../jumpcloud/jumpcloud-api.ts";
import type { JumpCloudEnvironment } from "../lambda/environments.ts";
import type { Platform } from "../lambda/platform.ts";
import { Secret } from "../lambda/secret.ts";
import type { Applied } from "../policy/applied.ts";
import { Pace } from "../storage/pace.ts";
import type { Table } from "../storage/table.ts";

/** @param calls how many calls the function usually makes */
export function wireJumpCloud(
  environment: v.InferOutput<typeof JumpCloudEnvironment>,
  platform: Platform,
  { requestsTable, policy }: { requestsTable: Table; policy: { current(): Promise<Applied> } },
  calls: number,
): JumpCloud {
  const credentials = new Secret(platform, environment.JUMPCLOUD_SECRET, (value) =>
    v.parse(JumpCloudCredentials, value),
  );
  const urls = { api: environment.JUMPCLOUD_URL, token: environment.JUMPCLOUD_TOKEN_URL };
  const organization = async () => (await policy.current()).site.jumpcloud.organization;
  const pace = new Pace(requestsTable, platform.clock, calls);
  return new JumpCloud(jumpcloudApi(urls, organization, credentials, pace, platform.clock));
}
