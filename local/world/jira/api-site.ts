import type { HttpAnswer } from "../../http.ts";
import { type ApiCall, type ApiRoutes, listed, pageBean, part, platformError, viewOf } from "./api-call.ts";
import { findProject, type Project, projects } from "./project.ts";
import { issueTypeJson, projectJson } from "./project-json.ts";
import { canSee } from "./site.ts";
import { platformDate } from "./view.ts";
import { statuses } from "./workflow.ts";
import { statusJson } from "./workflow-json.ts";

/** What the platform says of the site itself: server, projects, statuses, one's own permissions. */
export const siteRoutes: ApiRoutes = {
  "GET /rest/api/3/serverInfo": showServer,
  "GET /rest/api/3/mypermissions": showPermissions,
  "GET /rest/api/3/status": (call) => ({
    status: 200,
    body: statuses.map(({ id }) => statusJson(id, viewOf(call))),
  }),
  "GET /rest/api/3/project/search": searchProjects,
  "GET /rest/api/3/project/{projectIdOrKey}": showProject,
};

function showServer(call: ApiCall): HttpAnswer {
  const now = call.site.clock.now();
  return {
    status: 200,
    body: {
      baseUrl: call.site.url,
      displayUrl: call.site.url,
      version: "1001.0.0-SNAPSHOT",
      versionNumbers: [1001, 0, 0],
      deploymentType: "Cloud",
      buildNumber: 100300,
      buildDate: platformDate(Date.UTC(2026, 0, 1)),
      serverTime: platformDate(now),
      serverTimeZone: "Etc/UTC",
      scmInfo: "simulated",
      serverTitle: "Jira",
    },
  };
}

type Permission = {
  id: string;
  name: string;
  type: "GLOBAL" | "PROJECT";
  of: "everyone" | "agents" | "administrators";
};

const permissions: Record<string, Permission> = {
  ADMINISTER: { id: "0", name: "Administer Jira", type: "GLOBAL", of: "administrators" },
  USER_PICKER: { id: "27", name: "Browse users and groups", type: "GLOBAL", of: "agents" },
  ADMINISTER_PROJECTS: { id: "23", name: "Administer Projects", type: "PROJECT", of: "administrators" },
  BROWSE_PROJECTS: { id: "10", name: "Browse Projects", type: "PROJECT", of: "everyone" },
  CREATE_ISSUES: { id: "11", name: "Create Issues", type: "PROJECT", of: "everyone" },
  ADD_COMMENTS: { id: "15", name: "Add Comments", type: "PROJECT", of: "everyone" },
  TRANSITION_ISSUES: { id: "46", name: "Transition Issues", type: "PROJECT", of: "everyone" },
  EDIT_ISSUES: { id: "12", name: "Edit Issues", type: "PROJECT", of: "agents" },
  LINK_ISSUES: { id: "21", name: "Link Issues", type: "PROJECT", of: "agents" },
  ASSIGN_ISSUES: { id: "13", name: "Assign Issues", type: "PROJECT", of: "agents" },
  DELETE_ISSUES: { id: "16", name: "Delete Issues", type: "PROJECT", of: "administrators" },
  SERVICEDESK_AGENT: { id: "-1", name: "Service Project Agent", type: "PROJECT", of: "agents" },
};

function showPermissions(call: ApiCall): HttpAnswer {
  const keys = listed(call, "permissions");
  if (keys.length === 0) throw platformError(400, "The parameter 'permissions' is needed.");
  const unknown = keys.filter((key) => !Object.hasOwn(permissions, key));
  if (unknown.length > 0) throw platformError(400, `Unrecognized permission: ${unknown.join(", ")}`);
  mustKnowContext(call);
  const { agent, administrator } = call.actor;
  const has = { everyone: true, agents: agent, administrators: administrator };
  return {
    status: 200,
    body: {
      permissions: Object.fromEntries(
        keys.flatMap((key) => {
          const permission = permissions[key];
          if (!permission) return [];
          const { id, name, type, of } = permission;
          return [[key, { id, key, name, type, description: name, havePermission: has[of] }]];
        }),
      ),
    },
  };
}

function mustKnowContext(call: ApiCall): void {
  const project = call.query.get("projectId") ?? call.query.get("projectKey");
  const issueId = call.query.get("issueId") ?? call.query.get("issueKey");
  const issue = issueId === null ? undefined : call.site.issues.find(issueId);
  if (project !== null && !findProject(project)) throw projectNotFound(project);
  if (issueId !== null && !(issue && canSee(issue, call.actor)))
    throw platformError(404, "Issue does not exist or you do not have permission to see it.");
}

function projectNotFound(idOrKey: string) {
  return platformError(404, `No project could be found with key or id '${idOrKey}'.`);
}

function showProject(call: ApiCall): HttpAnswer {
  const idOrKey = part(call, "projectIdOrKey");
  const project = findProject(idOrKey);
  if (!project) throw projectNotFound(idOrKey);
  return { status: 200, body: { ...fullProject(project, call), issueTypes: [issueTypeJson(viewOf(call))] } };
}

function fullProject(project: Project, call: ApiCall) {
  return { ...projectJson(project, viewOf(call)), style: "classic", isPrivate: false };
}

function searchProjects(call: ApiCall): HttpAnswer {
  const keys = listed(call, "keys");
  const ids = listed(call, "id");
  const text = (call.query.get("query") ?? "").toLowerCase();
  const types = listed(call, "typeKey");
  const found = projects.filter(
    ({ key, id, name, typeKey }) =>
      (keys.length === 0 || keys.includes(key)) &&
      (ids.length === 0 || ids.includes(id)) &&
      (types.length === 0 || types.includes(typeKey)) &&
      (key.toLowerCase().includes(text) || name.toLowerCase().includes(text)),
  );
  return {
    status: 200,
    body: pageBean(
      call,
      found.map((project) => fullProject(project, call)),
    ),
  };
}
