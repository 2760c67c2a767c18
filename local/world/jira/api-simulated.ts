import * as v from "valibot";
import { type HttpAnswer, HttpError } from "../../http.ts";
import { domain } from "../company.ts";
import { fitting } from "../json-body.ts";
import { strictObject } from "../json-schemas.ts";
import type { CallLog } from "./call-log.ts";
import type { Deliveries } from "./deliveries.ts";
import { deliveryFaultSchema } from "./delivery-faults.ts";
import { type Faults, faultSchema } from "./faults.ts";
import { IssueChange } from "./issue-change.ts";
import { findProject } from "./project.ts";
import { settingsBody } from "./settings.ts";
import type { Site } from "./site.ts";

/** A call that no real Jira has, with its parsed body. */
export type SimulatedRoute = (body: unknown, parts: Record<string, string>) => HttpAnswer;

/** What tests and demonstrations do to the simulated site. Needs no login. */
export function simulatedRoutes(
  site: Site,
  faults: Faults,
  calls: CallLog,
  deliveries: Deliveries,
): Record<string, SimulatedRoute> {
  const done: HttpAnswer = { status: 204 };
  return {
    "GET /_simulated/faults": () => ({
      status: 200,
      body: faults.list().map(({ path, ...fault }) => ({ ...fault, ...(path ? { path: path.source } : {}) })),
    }),
    "POST /_simulated/faults": (body) => {
      const { path, ...fault } = read(faultSchema, body);
      faults.add({ ...fault, path: path === undefined ? undefined : pattern(path) });
      return { status: 201 };
    },
    "DELETE /_simulated/faults": () => {
      faults.clear();
      return done;
    },
    "GET /_simulated/delivery-faults": () => ({ status: 200, body: deliveries.faults.list() }),
    "POST /_simulated/delivery-faults": (body) => {
      deliveries.faults.add(read(deliveryFaultSchema, body));
      return { status: 201 };
    },
    "DELETE /_simulated/delivery-faults": () => {
      deliveries.faults.clear();
      return done;
    },
    "GET /_simulated/settings": () => ({ status: 200, body: site.settings }),
    "PUT /_simulated/settings": (body) => {
      const { approval, ...settings } = read(settingsBody, body);
      Object.assign(site.settings, settings);
      Object.assign(site.settings.approval, approval);
      return { status: 200, body: site.settings };
    },
    "GET /_simulated/calls": () => ({ status: 200, body: calls.all() }),
    "DELETE /_simulated/calls": () => {
      calls.clear();
      return done;
    },
    "PUT /_simulated/accounts/{accountId}": (body, { accountId = "" }) => {
      if (!site.accounts.find(accountId))
        throw new HttpError(404, { error: `There is no account ${accountId}.` });
      return { status: 200, body: site.accounts.change(accountId, read(accountSchema, body)) };
    },
    "POST /_simulated/move": (body) => moveIssue(site, read(moveSchema, body)),
  };
}

const accountSchema = strictObject({
  active: v.exactOptional(v.boolean()),
  emailHidden: v.exactOptional(v.boolean()),
});

const moveSchema = strictObject({ issue: v.string(), projectKey: v.string() });

/** Moves an issue as the head of IT would on the screen; the old key keeps finding it. */
function moveIssue(site: Site, { issue: idOrKey, projectKey }: v.InferOutput<typeof moveSchema>): HttpAnswer {
  const issue = site.issues.find(idOrKey);
  const project = findProject(projectKey);
  const previous = issue && findProject(issue.projectId);
  const actor = site.accounts.findByEmail(`nadia.rahman@${domain}`);
  if (!issue || !project || !previous || !actor)
    throw new HttpError(404, { error: `There is no issue ${idOrKey} or no project ${projectKey}.` });
  const change = new IssueChange(site, actor, issue);
  if (project !== previous) change.moveTo(project, previous);
  const { id, key } = change.commit();
  return { status: 200, body: { id, key } };
}

function read<Schema extends v.GenericSchema>(schema: Schema, body: unknown): v.InferOutput<Schema> {
  return fitting(schema, body, (error) => new HttpError(400, { error }));
}

function pattern(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch {
    throw new HttpError(400, { error: `'${source}' is not a pattern.` });
  }
}
