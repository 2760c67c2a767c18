import * as v from "valibot";
import { fieldsOf } from "../actions/action-rules.ts";
import { Jira } from "../jira/jira.ts";
import { JiraCredentials, jiraApi } from "../jira/jira-api.ts";
import { ServiceDesk } from "../jira/service-desk.ts";
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
  return new Jira(wireHttp(environment, platform), async () => {
    const { site, policy: rules } = await policy.current();
    const fields = [...fieldIds(site), ...(rules.actions?.rules ?? []).flatMap(fieldsOf)];
    return { fieldIds: [...new Set(fields)], serviceAccount: site.jira.serviceAccount };
  });
}

export function wireServiceDesk(
  environment: v.InferOutput<typeof JiraEnvironment>,
  platform: Platform,
): ServiceDesk {
  return new ServiceDesk(wireHttp(environment, platform));
}

function wireHttp(environment: v.InferOutput<typeof JiraEnvironment>, platform: Platform) {
  const credentials = new Secret(platform, environment.JIRA_SECRET, (value) =>
    v.parse(JiraCredentials, value),
  );
  const urls = { api: environment.JIRA_URL, token: environment.JIRA_TOKEN_URL };
  return jiraApi(urls, credentials, platform.clock);
}
