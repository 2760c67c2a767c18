import * as v from "valibot";
import type { HttpAnswer } from "../../http.ts";
import { object, record } from "../../json-schemas.ts";
import { type ApiCall, type ApiRoutes, bodyOf, part, platformError } from "./api-call.ts";
import { issueToChange, issueToRead } from "./api-issues.ts";
import { IssueChange } from "./issue-change.ts";
import type { Issue, RemoteLink } from "./issues.ts";

/** What hangs on an issue on the platform besides its fields: properties and remote links. */
export const issueDetailRoutes: ApiRoutes = {
  "GET /rest/api/3/issue/{issueIdOrKey}/properties": listProperties,
  "GET /rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}": showProperty,
  "PUT /rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}": setProperty,
  "DELETE /rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}": removeProperty,
  "GET /rest/api/3/issue/{issueIdOrKey}/remotelink": listRemoteLinks,
  "POST /rest/api/3/issue/{issueIdOrKey}/remotelink": setRemoteLink,
};

const longestKey = 255;
const longestValue = 32_768;

function listProperties(call: ApiCall): HttpAnswer {
  const issue = issueToRead(call);
  const self = (key: string) =>
    `${call.base}/rest/api/3/issue/${issue.id}/properties/${encodeURIComponent(key)}`;
  return {
    status: 200,
    body: { keys: Object.keys(issue.properties).map((key) => ({ key, self: self(key) })) },
  };
}

function showProperty(call: ApiCall): HttpAnswer {
  const issue = issueToRead(call);
  const key = part(call, "propertyKey");
  if (!Object.hasOwn(issue.properties, key)) throw noProperty(key);
  return { status: 200, body: { key, value: issue.properties[key] } };
}

function setProperty(call: ApiCall): HttpAnswer {
  const issue = issueToChange(call);
  const key = part(call, "propertyKey");
  mustEdit(call);
  if (call.body === undefined) throw platformError(400, "The property has no value.");
  if (key.length > longestKey) throw platformError(400, `The key is longer than ${longestKey} characters.`);
  if (JSON.stringify(call.body).length > longestValue)
    throw platformError(400, `The value is longer than ${longestValue} characters.`);
  const isNew = !Object.hasOwn(issue.properties, key);
  const change = new IssueChange(call.site, call.actor, issue);
  change.issue.properties[key] = call.body;
  change.commit();
  return { status: isNew ? 201 : 200 };
}

function removeProperty(call: ApiCall): HttpAnswer {
  const issue = issueToChange(call);
  const key = part(call, "propertyKey");
  if (!call.actor.agent || !Object.hasOwn(issue.properties, key)) throw noProperty(key);
  const change = new IssueChange(call.site, call.actor, issue);
  delete change.issue.properties[key];
  change.commit();
  return { status: 204 };
}

function noProperty(key: string) {
  return platformError(404, `The property '${key}' does not exist.`);
}

function mustEdit(call: ApiCall): void {
  if (!call.actor.agent)
    throw platformError(403, "You do not have permission to edit issues in this project.");
}

const remoteLinkSchema = object({
  globalId: v.exactOptional(v.pipe(v.string(), v.maxLength(255))),
  relationship: v.exactOptional(v.string()),
  application: v.exactOptional(record(v.unknown())),
  object: v.looseObject({ url: v.string(), title: v.string() }),
});

function listRemoteLinks(call: ApiCall): HttpAnswer {
  const issue = issueToRead(call);
  const globalId = call.query.get("globalId");
  const shown = (link: RemoteLink) => ({ self: linkAddress(call, issue, link), ...link });
  if (globalId === null) return { status: 200, body: issue.remoteLinks.map(shown) };
  const link = issue.remoteLinks.find((one) => one.globalId === globalId);
  if (!link) throw platformError(404, "The remote link does not exist.");
  return { status: 200, body: shown(link) };
}

/** Creates a link or, when one has the same global id, replaces it: what is left out is gone. */
function setRemoteLink(call: ApiCall): HttpAnswer {
  const issue = issueToChange(call);
  if (!call.actor.agent) throw platformError(403, "You do not have permission to link issues.");
  const { globalId, ...input } = bodyOf(call, remoteLinkSchema, platformError);
  const existing = issue.remoteLinks.find((one) => globalId !== undefined && one.globalId === globalId);
  const link: RemoteLink = {
    id: existing?.id ?? call.site.counters.next("remote link", 10000),
    application: input.application ?? {},
    object: input.object,
    ...(globalId === undefined ? {} : { globalId }),
    ...(input.relationship === undefined ? {} : { relationship: input.relationship }),
  };
  const change = new IssueChange(call.site, call.actor, issue);
  change.issue.remoteLinks = [...issue.remoteLinks.filter((one) => one.id !== link.id), link];
  change.commit();
  return {
    status: existing ? 200 : 201,
    body: { id: link.id, self: linkAddress(call, issue, link) },
  };
}

function linkAddress(call: ApiCall, issue: Issue, link: RemoteLink): string {
  return `${call.base}/rest/api/3/issue/${issue.id}/remotelink/${link.id}`;
}
