/** Ids of the fields that an issue of the site has. */
export const fieldIds = {
  summary: "summary",
  description: "description",
  reporter: "reporter",
  assignee: "assignee",
  labels: "labels",
  requestType: "customfield_10010",
  approvers: "customfield_10003",
  approverGroups: "customfield_10004",
  approvals: "customfield_10005",
  participants: "customfield_10006",
  application: "customfield_10050",
  duration: "customfield_10051",
  reason: "customfield_10052",
  beneficiary: "customfield_10053",
  start: "customfield_10054",
  until: "customfield_10055",
  incident: "customfield_10056",
  other: "customfield_10059",
  group: "customfield_10060",
  people: "customfield_10061",
  firstName: "customfield_10062",
  lastName: "customfield_10063",
  department: "customfield_10064",
  manager: "customfield_10065",
  privateAddress: "customfield_10066",
} as const;

/** How a field's value is written and read; `computed` ones are never written. */
type FieldKind =
  | "text"
  | "richText"
  | "dateTime"
  | "option"
  | "cascadingOption"
  | "user"
  | "users"
  | "groups"
  | "labels"
  | "computed";

type FieldSchema = {
  type: string;
  items?: string;
  system?: string;
  custom?: string;
  customId?: number;
};

export type FieldDefinition = {
  id: string;
  name: string;
  kind: FieldKind;
  schema: FieldSchema;
  /** The one context that a select field's options belong to. */
  contextId?: string;
};

const systemTypes = "com.atlassian.jira.plugin.system.customfieldtypes";

function system(id: string, name: string, kind: FieldKind, type: string, items?: string): FieldDefinition {
  return { id, name, kind, schema: { type, ...(items ? { items } : {}), system: id } };
}

function custom(id: string, name: string, kind: FieldKind, schema: FieldSchema): FieldDefinition {
  const customId = Number(id.slice("customfield_".length));
  const hasOptions = kind === "option" || kind === "cascadingOption";
  return {
    id,
    name,
    kind,
    schema: { ...schema, customId },
    ...(hasOptions ? { contextId: String(customId + 300) } : {}),
  };
}

/** All fields, with the types by which real sites are searched for them. */
export const fields: FieldDefinition[] = [
  system(fieldIds.summary, "Summary", "text", "string"),
  system(fieldIds.description, "Description", "richText", "string"),
  system("status", "Status", "computed", "status"),
  system("issuetype", "Issue Type", "computed", "issuetype"),
  system("project", "Project", "computed", "project"),
  system(fieldIds.reporter, "Reporter", "user", "user"),
  system("creator", "Creator", "computed", "user"),
  system(fieldIds.assignee, "Assignee", "user", "user"),
  system("priority", "Priority", "computed", "priority"),
  system(fieldIds.labels, "Labels", "labels", "array", "string"),
  system("resolution", "Resolution", "computed", "resolution"),
  system("resolutiondate", "Resolved", "computed", "datetime"),
  system("created", "Created", "computed", "datetime"),
  system("updated", "Updated", "computed", "datetime"),
  system("comment", "Comment", "computed", "comments-page"),
  custom(fieldIds.approvers, "Approvers", "users", {
    type: "array",
    items: "user",
    custom: `${systemTypes}:multiuserpicker`,
  }),
  custom(fieldIds.approverGroups, "Approver groups", "groups", {
    type: "array",
    items: "group",
    custom: `${systemTypes}:multigrouppicker`,
  }),
  custom(fieldIds.approvals, "Approvals", "computed", {
    type: "sd-approvals",
    custom: "com.atlassian.servicedesk.approvals-plugin:sd-approvals",
  }),
  custom(fieldIds.participants, "Request participants", "users", {
    type: "array",
    items: "user",
    custom: "com.atlassian.servicedesk:sd-request-participants",
  }),
  custom(fieldIds.requestType, "Request Type", "computed", {
    type: "sd-customerrequesttype",
    custom: "com.atlassian.servicedesk:vp-origin",
  }),
  custom(fieldIds.application, "Application and access", "cascadingOption", {
    type: "option-with-child",
    custom: `${systemTypes}:cascadingselect`,
  }),
  custom(fieldIds.duration, "For how long", "option", { type: "option", custom: `${systemTypes}:select` }),
  custom(fieldIds.group, "Group", "option", { type: "option", custom: `${systemTypes}:select` }),
  custom(fieldIds.reason, "Why do you need it?", "richText", {
    type: "string",
    custom: `${systemTypes}:textarea`,
  }),
  custom(fieldIds.beneficiary, "For whom", "user", { type: "user", custom: `${systemTypes}:userpicker` }),
  custom(fieldIds.people, "Who", "users", {
    type: "array",
    items: "user",
    custom: `${systemTypes}:multiuserpicker`,
  }),
  ...Object.entries({
    [fieldIds.firstName]: "First name",
    [fieldIds.lastName]: "Last name",
    [fieldIds.department]: "Department",
    [fieldIds.privateAddress]: "Private e-mail address",
  }).map(([id, name]) => custom(id, name, "text", { type: "string", custom: `${systemTypes}:textfield` })),
  custom(fieldIds.manager, "Manager", "user", { type: "user", custom: `${systemTypes}:userpicker` }),
  custom(fieldIds.start, "From when on", "dateTime", { type: "datetime", custom: `${systemTypes}:datetime` }),
  custom(fieldIds.incident, "Emergency: key of the incident", "text", {
    type: "string",
    custom: `${systemTypes}:textfield`,
  }),
  custom(fieldIds.other, "What is it, if not in the list?", "text", {
    type: "string",
    custom: `${systemTypes}:textfield`,
  }),
  custom(fieldIds.until, "Only until this ticket is done", "text", {
    type: "string",
    custom: `${systemTypes}:textfield`,
  }),
];

const byId = new Map(fields.map((field) => [field.id, field]));

/** The definition of one of `fieldIds`. */
export function knownField(id: string): FieldDefinition {
  const field = byId.get(id);
  if (!field) throw new Error(`there is no field ${id}`);
  return field;
}

/** The definition of a field that a caller names. */
export function fieldById(id: string): FieldDefinition | undefined {
  return byId.get(id);
}

export function isCustom(field: FieldDefinition): boolean {
  return field.schema.custom !== undefined;
}
