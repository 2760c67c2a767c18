import type { HttpAnswer } from "../../http.ts";
import {
  type ApiCall,
  type ApiRoutes,
  listed,
  part,
  serviceDeskError,
  serviceDeskPage,
  viewOf,
} from "./api-call.ts";
import { type FieldDefinition, knownField } from "./fields.ts";
import type { Option } from "./options.ts";
import { isServiceDesk, type RequestType, requestTypeById, requestTypes } from "./project.ts";
import { requestTypeJson, serviceDeskJson, serviceDeskUserJson } from "./request-json.ts";
import { serviceDeskDate } from "./view.ts";

/** The service desk: its request types, their forms, its customers. */
export const serviceDeskRoutes: ApiRoutes = {
  "GET /rest/servicedeskapi/info": showInfo,
  "GET /rest/servicedeskapi/servicedesk": (call) => ({
    status: 200,
    body: serviceDeskPage(call, [serviceDeskJson(viewOf(call))]),
  }),
  "GET /rest/servicedeskapi/servicedesk/{serviceDeskId}": (call) => {
    mustBeServiceDesk(call);
    return { status: 200, body: serviceDeskJson(viewOf(call)) };
  },
  "GET /rest/servicedeskapi/servicedesk/{serviceDeskId}/requesttype": (call) => {
    mustBeServiceDesk(call);
    return listRequestTypes(call);
  },
  "GET /rest/servicedeskapi/servicedesk/{serviceDeskId}/requesttype/{requestTypeId}": (call) => ({
    status: 200,
    body: requestTypeJson(requestTypeAsked(call), viewOf(call)),
  }),
  "GET /rest/servicedeskapi/servicedesk/{serviceDeskId}/requesttype/{requestTypeId}/field": showForm,
  "GET /rest/servicedeskapi/servicedesk/{serviceDeskId}/customer": searchCustomers,
  "GET /rest/servicedeskapi/requesttype": (call) => {
    mustOptIn(call);
    return listRequestTypes(call);
  },
};

/** Experimental calls of the service desk API are refused without this header. */
function mustOptIn(call: ApiCall): void {
  if (call.headers["x-experimentalapi"] !== "opt-in")
    throw serviceDeskError(412, "This API is experimental: send the header 'X-ExperimentalApi: opt-in'.");
}

function showInfo(call: ApiCall): HttpAnswer {
  return {
    status: 200,
    body: {
      version: "5.0.0",
      platformVersion: "1001.0.0-SNAPSHOT",
      buildDate: serviceDeskDate(Date.UTC(2026, 0, 1)),
      buildChangeSet: "simulated",
      isLicensedForUse: true,
      _links: { self: `${call.base}/rest/servicedeskapi/info` },
    },
  };
}

function mustBeServiceDesk(call: ApiCall): void {
  if (!isServiceDesk(part(call, "serviceDeskId")))
    throw serviceDeskError(404, "The service desk does not exist.");
}

function listRequestTypes(call: ApiCall): HttpAnswer {
  const term = (call.query.get("searchQuery") ?? "").toLowerCase();
  const desks = listed(call, "serviceDeskId");
  const shown = requestTypes
    .filter(() => desks.length === 0 || desks.some(isServiceDesk))
    .filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(term))
    .map((requestType) => requestTypeJson(requestType, viewOf(call)));
  return { status: 200, body: serviceDeskPage(call, shown) };
}

function requestTypeAsked(call: ApiCall): RequestType {
  mustBeServiceDesk(call);
  const requestType = requestTypeById(part(call, "requestTypeId"));
  if (!requestType) throw serviceDeskError(404, "The request type does not exist.");
  return requestType;
}

/** The form as a customer sees it. */
function showForm(call: ApiCall): HttpAnswer {
  const requestType = requestTypeAsked(call);
  const { agent } = call.actor;
  const requestTypeFields = requestType.form.map(({ fieldId, required }) =>
    questionJson(knownField(fieldId), required, call),
  );
  return {
    status: 200,
    body: { requestTypeFields, canRaiseOnBehalfOf: agent, canAddRequestParticipants: agent },
  };
}

function questionJson(field: FieldDefinition, required: boolean, call: ApiCall): object {
  const options = call.site.options.list(field.id).filter((option) => !option.disabled);
  const childrenOf = (parent: Option) => options.filter((option) => option.parentId === parent.id);
  const choice = (option: Option): object => ({
    value: option.id,
    label: option.value,
    children: childrenOf(option).map(choice),
  });
  return {
    fieldId: field.id,
    name: field.name,
    description: "",
    required,
    defaultValues: [],
    presetValues: [],
    validValues: options.filter((option) => option.parentId === undefined).map(choice),
    jiraSchema: field.schema,
    visible: true,
  };
}

/** Matches any part of the name or, if it is visible, the address; a hidden address only as a whole. */
function searchCustomers(call: ApiCall): HttpAnswer {
  mustOptIn(call);
  mustBeServiceDesk(call);
  if (!call.actor.agent)
    throw serviceDeskError(403, "Only agents can see the customers of the service desk.");
  const term = (call.query.get("query") ?? "").toLowerCase();
  const found = call.site.accounts
    .all()
    .filter(
      ({ active, accountType, displayName, email, emailHidden }) =>
        active &&
        accountType !== "app" &&
        (displayName.toLowerCase().includes(term) ||
          (emailHidden ? email.toLowerCase() === term : email.toLowerCase().includes(term))),
    );
  return {
    status: 200,
    body: serviceDeskPage(
      call,
      found.map((account) => serviceDeskUserJson(account, viewOf(call))),
    ),
  };
}
