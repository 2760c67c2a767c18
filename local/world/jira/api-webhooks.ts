import * as v from "valibot";
import type { HttpAnswer } from "../../http.ts";
import { object } from "../../json-schemas.ts";
import { type ApiCall, type ApiRoutes, bodyOf, part, platformError } from "./api-call.ts";
import { JqlError } from "./jql.ts";
import { prepareSearch } from "./search.ts";
import { platformDate } from "./view.ts";
import type { Webhook, Webhooks } from "./webhooks.ts";

const issueSection = "issue-related-events-section";
const knownEvents = [
  "jira:issue_created",
  "jira:issue_updated",
  "jira:issue_deleted",
  "comment_created",
] as const;

const webhookSchema = object({
  name: v.pipe(v.string(), v.minLength(1)),
  description: v.exactOptional(v.string()),
  url: v.pipe(v.string(), v.url()),
  events: v.array(v.picklist(knownEvents)),
  filters: v.exactOptional(object({ [issueSection]: v.exactOptional(v.string()) })),
  enabled: v.exactOptional(v.boolean()),
  secret: v.exactOptional(v.string()),
});

/**
 * The administration of admin webhooks, which Jira's OpenAPI documents leave out:
 * https://developer.atlassian.com/cloud/jira/platform/webhooks/
 */
export function webhookRoutes(webhooks: Webhooks): ApiRoutes {
  const asked = (call: ApiCall): Webhook => {
    mustAdminister(call);
    const webhook = webhooks.find(part(call, "id"));
    if (!webhook) throw platformError(404, "The webhook was not found.");
    return webhook;
  };
  const path = "/rest/webhooks/1.0/webhook";
  return {
    [`GET ${path}`]: (call): HttpAnswer => {
      mustAdminister(call);
      return { status: 200, body: webhooks.all().map((webhook) => webhookJson(webhook, call)) };
    },
    [`GET ${path}/{id}`]: (call) => ({ status: 200, body: webhookJson(asked(call), call) }),
    [`POST ${path}`]: (call): HttpAnswer => {
      mustAdminister(call);
      const webhook = webhooks.add({ secret: null, ...readWebhook(call) });
      return { status: 201, body: webhookJson(webhook, call) };
    },
    [`PUT ${path}/{id}`]: (call): HttpAnswer => {
      // A secret that is left out stays as it is.
      const changed = { ...asked(call), ...readWebhook(call) };
      webhooks.change(changed);
      return { status: 200, body: webhookJson(changed, call) };
    },
    [`DELETE ${path}/{id}`]: (call): HttpAnswer => {
      webhooks.remove(asked(call).id);
      return { status: 204 };
    },
  };
}

function readWebhook(call: ApiCall) {
  const {
    filters,
    secret,
    description = "",
    enabled = true,
    ...input
  } = bodyOf(call, webhookSchema, platformError);
  const jql = filters?.[issueSection] ?? "";
  try {
    prepareSearch(jql, call.site, null);
  } catch (error) {
    if (error instanceof JqlError) throw platformError(400, error.message);
    throw error;
  }
  return {
    ...input,
    description,
    enabled,
    jql,
    updated: call.site.clock.now(),
    updatedBy: call.actor.accountId,
    ...(secret === undefined ? {} : { secret: secret === "" ? null : secret }),
  };
}

/** The secret is never shown, only whether there is one. */
function webhookJson(webhook: Webhook, call: ApiCall): object {
  return {
    name: webhook.name,
    description: webhook.description,
    url: webhook.url,
    excludeBody: false,
    filters: { [issueSection]: webhook.jql },
    events: webhook.events,
    enabled: webhook.enabled,
    isSigned: webhook.secret !== null,
    self: `${call.base}/rest/webhooks/1.0/webhook/${webhook.id}`,
    lastUpdatedUser: webhook.updatedBy,
    lastUpdatedDisplayName: call.site.accounts.get(webhook.updatedBy).displayName,
    lastUpdated: platformDate(webhook.updated),
  };
}

function mustAdminister(call: ApiCall): void {
  if (!call.actor.administrator) throw platformError(403, "Only Jira administrators can manage webhooks.");
}
