import * as v from "valibot";
import type { HttpAnswer } from "../../http.ts";
import { type ApiCall, bodyOf, type Endpoints, ok } from "./api-call.ts";
import type { Directory } from "./directory.ts";
import { administrators, organization } from "./organization.ts";
import { listV1, spaceSeparated } from "./query-v1.ts";
import { type DirectoryRecord, projected } from "./record-query.ts";
import { refusal } from "./refusal.ts";
import { activateBody, enforceMfaBody, mailBody, passwordBody, resetMfaBody } from "./user-actions.ts";
import { sshKeyBody, userChange, userCreation } from "./user-record.ts";
import { search, searchBody } from "./user-search.ts";

/** API version 1, under `/api`. */
export function apiV1(directory: Directory): Endpoints {
  return { ...people(directory), ...actions(directory), ...everythingElse(directory) };
}

function people({ users }: Directory): Endpoints {
  return {
    "GET /api/systemusers": ({ request }) => ok(listV1(users.searchable(), request.query)),
    "POST /api/systemusers": (call) => ok(users.create(bodyOf(userCreation, call), call.caller)),
    "GET /api/systemusers/{id}": ({ id, request }) => ok(withFields(users.get(id), request.query)),
    "PUT /api/systemusers/{id}": (call) => ok(users.change(call.id, bodyOf(userChange, call), call.caller)),
    "DELETE /api/systemusers/{id}": ({ id, request, caller }) => {
      const cascade = request.query.get("cascade_manager");
      return ok(users.remove(id, cascade === "null" ? null : (cascade ?? undefined), caller));
    },
    "POST /api/search/systemusers": (call) =>
      ok(search(users.searchable(), bodyOf(searchBody, call), call.request.query)),

    "GET /api/systemusers/{id}/sshkeys": ({ id }) => ok(users.get(id).ssh_keys),
    "POST /api/systemusers/{id}/sshkeys": (call) => {
      const user = users.get(call.id);
      const key = users.sshKey(bodyOf(sshKeyBody, call));
      users.edit(user, { ssh_keys: [...user.ssh_keys, key] });
      return ok(key);
    },
    "DELETE /api/systemusers/{id}/sshkeys/{key}": ({ id, key }) => {
      const user = users.get(id);
      const kept = user.ssh_keys.filter(({ _id }) => _id !== key);
      if (kept.length === user.ssh_keys.length) throw refusal(404, `the user has no SSH key ${key}`);
      users.edit(user, { ssh_keys: kept });
      return { status: 200, headers: { "content-type": "text/plain" }, body: "OK" };
    },
  };
}

function actions({ users, userActions, moods }: Directory): Endpoints {
  const done = ({ request }: ApiCall): HttpAnswer => {
    if (moods.actionAnswer === "empty") return { status: 200 };
    const json = moods.actionAnswer === "as accepted" && request.headers.accept?.includes("application/json");
    return json
      ? { status: 200, headers: { "content-type": "application/json" }, body: '"OK"' }
      : { status: 200, headers: { "content-type": "text/plain" }, body: "OK" };
  };
  const action =
    <Schema extends v.GenericSchema>(
      schema: Schema,
      act: (user: ReturnType<typeof users.get>, body: v.InferOutput<Schema>, call: ApiCall) => void,
    ) =>
    (call: ApiCall) => {
      act(users.get(call.id), bodyOf(schema, call), call);
      return done(call);
    };
  const noBody = v.unknown();

  return {
    "POST /api/systemusers/{id}/state/activate": action(activateBody, (user, { email }, { caller }) =>
      userActions.activate(user, email ?? true, caller),
    ),
    "POST /api/systemusers/{id}/state/suspend": action(noBody, (user, _, { caller }) =>
      userActions.suspend(user, caller),
    ),
    "POST /api/systemusers/{id}/unlock": action(noBody, (user, _, { caller }) => users.unlock(user, caller)),
    "POST /api/systemusers/{id}/expire": action(noBody, (user, _, { caller }) =>
      userActions.expirePassword(user, caller),
    ),
    "POST /api/systemusers/{id}/reactivate": action(mailBody, (user, { email }, { caller }) =>
      userActions.mailPasswordLink(user, email, caller),
    ),
    "POST /api/systemusers/{id}/password": action(passwordBody, (user, { password }, { caller }) =>
      userActions.setPassword(user, password, caller),
    ),
    "POST /api/systemusers/{id}/resetmfa": action(resetMfaBody, (user, body, { caller }) =>
      userActions.resetMfa(user, body, caller),
    ),
    "POST /api/systemusers/{id}/mfa/enforce": action(enforceMfaBody, (user, body, { caller }) =>
      users.change(user._id, body, caller),
    ),
    "POST /api/systemusers/{id}/mfasync": action(noBody, () => {}),
  };
}

function everythingElse({ applications, removeApplication, devices, moods }: Directory): Endpoints {
  /** Whether `fields` keeps `config` out is not known; unless the mood says so, it comes whatever the fields. */
  const exposed = (record: DirectoryRecord, id: string): DirectoryRecord =>
    moods.fieldsSuppressConfig ? record : { ...record, config: applications.get(id).config };

  return {
    "GET /api/applications": ({ request }) => {
      const { results, totalCount } = listV1(applications.all(), request.query, "name");
      return ok({ results: results.map((record) => exposed(record, String(record._id))), totalCount });
    },
    "GET /api/applications/{id}": ({ id, request }) =>
      ok(exposed(withFields(applications.get(id), request.query), id)),

    "DELETE /api/applications/{id}": ({ id }) => ok(removeApplication(id)),

    "GET /api/systems": ({ request }) => ok(listV1(devices.all(), request.query)),
    "GET /api/systems/{id}": ({ id, request }) => ok(withFields(devices.get(id), request.query)),

    /** Administrators, not the people of the directory. */
    "GET /api/users": ({ request }) => ok(listV1(administrators, request.query)),

    "GET /api/organizations": ({ request }) => {
      const { _id, displayName, logoUrl } = organization;
      return ok(listV1([{ _id, displayName, logoUrl }], request.query));
    },
    "GET /api/organizations/{id}": ({ id }) => {
      if (id !== organization._id)
        throw refusal(403, `Forbidden: this key does not reach the organization ${id}`);
      return ok(organization);
    },
  };
}

function withFields(record: DirectoryRecord, query: URLSearchParams): DirectoryRecord {
  return projected(record, spaceSeparated(query.get("fields")));
}
