import * as v from "valibot";
import { type HttpAnswer, HttpError, Router } from "../../http.ts";
import { strictObject } from "../../json-schemas.ts";
import type { CallLog } from "../call-log.ts";
import { domain } from "../company.ts";
import { addControls, addFaultControls } from "../control.ts";
import type { Faults } from "../faults.ts";
import { jsonBody } from "../json-body.ts";
import { type DeliveryFaults, deliveryFaultSchema } from "./delivery-faults.ts";
import { IssueChange } from "./issue-change.ts";
import { findProject } from "./project.ts";
import { settingsBody } from "./settings.ts";
import type { Site } from "./site.ts";

/** What tests and demonstrations do to the simulated site. */
export function jiraControls(
  site: Site,
  { faults, calls, deliveryFaults }: { faults: Faults; calls: CallLog; deliveryFaults: DeliveryFaults },
): Router {
  const router = addControls(new Router(), { faults, calls });
  return addFaultControls(router, "delivery-faults", deliveryFaultSchema, deliveryFaults)
    .add("GET /_simulated/settings", () => ({ status: 200, body: site.settings }))
    .add("PUT /_simulated/settings", (request) => {
      const { approval, ...settings } = jsonBody(settingsBody, request);
      Object.assign(site.settings, settings);
      Object.assign(site.settings.approval, approval);
      return { status: 200, body: site.settings };
    })
    .add("PUT /_simulated/accounts/{accountId}", (request, { accountId = "" }) => {
      const change = jsonBody(accountBody, request);
      if (!site.accounts.find(accountId))
        throw new HttpError(404, { message: `there is no account ${accountId}` });
      return { status: 200, body: site.accounts.change(accountId, change) };
    })
    .add("POST /_simulated/move", (request) => moveIssue(site, jsonBody(moveBody, request)));
}

const accountBody = strictObject({
  active: v.exactOptional(v.boolean()),
  emailHidden: v.exactOptional(v.boolean()),
});

const moveBody = strictObject({ issue: v.string(), projectKey: v.string() });

/** Moves an issue as the head of IT would on the screen; the old key keeps finding it. */
function moveIssue(site: Site, { issue: idOrKey, projectKey }: v.InferOutput<typeof moveBody>): HttpAnswer {
  const issue = site.issues.find(idOrKey);
  const project = findProject(projectKey);
  const previous = issue && findProject(issue.projectId);
  const actor = site.accounts.findByEmail(`nadia.rahman@${domain}`);
  if (!issue || !project || !previous || !actor)
    throw new HttpError(404, { message: `there is no issue ${idOrKey} or no project ${projectKey}` });
  const change = new IssueChange(site, actor, issue);
  if (project !== previous) change.moveTo(project, previous);
  const { id, key } = change.commit();
  return { status: 200, body: { id, key } };
}
