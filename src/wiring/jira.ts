import * as v from "valibot";
import { Jira } from "../jira/jira.ts";
import { JiraCredentials, jiraApi } from "../jira/jira-api.ts";
import type { JiraEnvironment } from "../lambda/environments.ts";
import type { Platform } from "../lambda/platform.ts";
import { Secret } from "../lambda/secret.ts";
import type { Applied } from "../policy/applied.ts";
import { fieldIds } from "../policy/site.ts";

export function wireJira(
  environment: v.InferOutput<typeof JiraEnvironment>,
  platform: Platform,
  policy: { current(): Promise<Applied> },
): Jira {
  const credentials = new Secret(platform, environment.JIRA_SECRET, (value) =>
    v.parse(JiraCredentials, value),
  );
  const urls = { api: environment.JIRA_URL, token: environment.JIRA_TOKEN_URL };
  return new Jira(jiraApi(urls, credentials, platform.clock), async () => {
    const { site } = await policy.current();
    return { fieldIds: fieldIds(site), serviceAccount: site.jira.serviceAccount };
  });
}
