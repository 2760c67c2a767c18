import type { HttpAnswer } from "../../http.ts";
import { type ApiCall, bodyOf, type Endpoints, ok } from "./api-call.ts";
import { graphOperation, type Owner } from "./associations.ts";
import type { Directory } from "./directory.ts";
import { type Group, groupBody, suggestionsBody } from "./group-record.ts";
import { listV2 } from "./query-v2.ts";
import { refusal } from "./refusal.ts";
import { scheduleBody } from "./scheduled-states.ts";

/** API version 2, under `/api/v2`. */
export function apiV2(directory: Directory): Endpoints {
  return { ...groupEndpoints(directory), ...graphEndpoints(directory), ...scheduleEndpoints(directory) };
}

const groupFilters = Object.fromEntries(
  [
    "name",
    "disabled",
    "type",
    "membershipMethod",
    "memberQueryErrorFlags",
    "suggestionCounts.add",
    "suggestionCounts.remove",
    "suggestionCounts.total",
    "attributes.sudo.enabled",
    "attributes.sudo.withoutPassword",
  ].map((name) => [name, name]),
);

function groupEndpoints({ groups, dynamicGroups, moods }: Directory): Endpoints {
  const shown = (group: Group) => {
    const review = group.membershipMethod === "DYNAMIC_REVIEW_REQUIRED";
    const suggestions = review ? dynamicGroups.suggestions(group) : [];
    const add = suggestions.filter(({ op }) => op === "add").length;
    const total = suggestions.length;
    return { ...group, suggestionCounts: { add, remove: total - add, total } };
  };
  return {
    "GET /api/v2/usergroups": ({ request }) => listV2(groups.all().map(shown), request.query, groupFilters),
    "POST /api/v2/usergroups": (call) => {
      const group = groups.create(bodyOf(groupBody, call), call.caller);
      return { status: 201, body: shown(group) };
    },
    "GET /api/v2/usergroups/{id}": ({ id }) => ok(shown(groups.get(id))),
    "PUT /api/v2/usergroups/{id}": (call) =>
      ok(shown(groups.replace(call.id, bodyOf(groupBody, call), call.caller))),
    "DELETE /api/v2/usergroups/{id}": ({ id, caller }) => {
      const deleted = shown(groups.remove(id, caller));
      return moods.groupDeleted === 204 ? { status: 204 } : ok(deleted);
    },

    "GET /api/v2/usergroups/{id}/suggestions": ({ id, request }) => {
      const suggestions = dynamicGroups.suggestions(groups.get(id));
      return listV2(
        suggestions.map(({ op, user }) => ({ op, object: { type: "user", id: user._id } })),
        request.query,
      );
    },
    "POST /api/v2/usergroups/{id}/suggestions": (call) => {
      const group = groups.get(call.id);
      const { user_ids: asked } = bodyOf(suggestionsBody, call);
      const found = dynamicGroups.apply(group, asked, call.caller);
      const missing = asked.filter((id) => !found.includes(id));
      return ok([{ suggestions_found: found, suggestions_not_found: missing }]);
    },
  };
}

const graphFilters = { object_id: "id", type: "type" };
const owners: Record<string, Owner["type"]> = {
  users: "user",
  usergroups: "user_group",
  applications: "application",
};

function graphEndpoints({ associations, applications }: Directory): Endpoints {
  const traversal =
    (objects: (id: string) => object[]) =>
    ({ id, request }: ApiCall): HttpAnswer =>
      listV2(
        objects(id).map((object) => ({ ...object })),
        request.query,
        graphFilters,
      );

  const endpoints: Endpoints = {
    "GET /api/v2/usergroups/{id}/members": ({ id, request }) =>
      listV2(associations.members(id), request.query),
    "POST /api/v2/usergroups/{id}/members": (call) => {
      associations.changeMember(call.id, bodyOf(graphOperation, call), call.caller);
      return { status: 204 };
    },
    "GET /api/v2/usergroups/{id}/membership": traversal((id) => associations.membership(id)),
    "GET /api/v2/usergroups/{id}/applications": traversal((id) =>
      associations.boundToGroup(id, "application"),
    ),
    "GET /api/v2/usergroups/{id}/systems": traversal((id) => associations.boundToGroup(id, "system")),
    "GET /api/v2/usergroups/{id}/systemgroups": traversal((id) =>
      associations.boundToGroup(id, "system_group"),
    ),
    "GET /api/v2/usergroups/{id}/radiusservers": traversal((id) =>
      associations.boundToGroup(id, "radius_server"),
    ),
    "GET /api/v2/usergroups/{id}/ldapservers": traversal((id) =>
      associations.boundToGroup(id, "ldap_server"),
    ),
    "GET /api/v2/users/{id}/memberof": traversal((id) => associations.memberOf(id)),
    "GET /api/v2/users/{id}/applications": traversal((id) => associations.reachedBy(id, "application")),
    "GET /api/v2/users/{id}/systems": traversal((id) => associations.reachedBy(id, "system")),
    "GET /api/v2/applications/{id}/usergroups": traversal((id) => associations.groupsOfApplication(id)),
    "GET /api/v2/applications/{id}/users": traversal((id) => associations.usersOfApplication(id)),
    "GET /api/v2/applications/{id}": ({ id }) => ok(applications.get(id)),
  };
  for (const [path, type] of Object.entries(owners)) {
    endpoints[`GET /api/v2/${path}/{id}/associations`] = ({ id, request }) =>
      listV2(associations.direct({ type, id }, request.query.get("targets")), request.query);
    endpoints[`POST /api/v2/${path}/{id}/associations`] = (call) => {
      associations.changeBinding({ type, id: call.id }, bodyOf(graphOperation, call), call.caller);
      return { status: 204 };
    };
  }
  return endpoints;
}

const scheduleFilters = { scheduledJobId: "scheduledJobId", systemUserId: "systemUserId", state: "state" };

function scheduleEndpoints({ scheduledStates }: Directory): Endpoints {
  return {
    "GET /api/v2/bulk/userstates": ({ request }) => {
      const user = request.query.get("userid");
      const jobs = scheduledStates.all().filter(({ systemUserId }) => user === null || systemUserId === user);
      return listV2(jobs, request.query, scheduleFilters);
    },
    "POST /api/v2/bulk/userstates": (call) => ({
      status: 201,
      body: scheduledStates.create(bodyOf(scheduleBody, call), call.caller),
    }),
    "DELETE /api/v2/bulk/userstates/{id}": ({ id, caller }) => {
      scheduledStates.remove(id, caller);
      return { status: 204 };
    },
    "GET /api/v2/bulk/userstates/eventlist/next": ({ request }) => {
      const users = request.query.getAll("users").flatMap((ids) => ids.split(","));
      if (users.length === 0 || users.length > 100) throw refusal(400, "users must name 1 to 100 users");
      const next = scheduledStates.next(users);
      return ok({ events_count: next.length, results: listV2(next, request.query).body });
    },
  };
}
