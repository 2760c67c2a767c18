import { fieldIds } from "./fields.ts";

/** What the simulated site is set up with: two projects, one service desk, eight request types. All ids are fixed. */

export type Project = {
  id: string;
  key: string;
  name: string;
  /** Jira's word for the kind of project. */
  typeKey: "service_desk" | "business";
};

export const accessProject: Project = {
  id: "10000",
  key: "ACC",
  name: "Access requests",
  typeKey: "service_desk",
};

/** Empty at the start; requests can be moved into it. It is no service desk, so a moved request is only an issue. */
export const operationsProject: Project = {
  id: "10001",
  key: "OPS",
  name: "Operations",
  typeKey: "business",
};

export const projects = [accessProject, operationsProject];

export function findProject(idOrKey: string): Project | undefined {
  return projects.find((project) => project.id === idOrKey || project.key === idOrKey.toUpperCase());
}

export const serviceDeskId = "1";

export const issueType = {
  id: "10200",
  name: "Service Request",
  description: "A request that is made on the portal",
};

type FormField = { fieldId: string; required: boolean };

export type RequestType = {
  id: string;
  name: string;
  description: string;
  helpText: string;
  /** The questions that the portal asks, in their order. */
  form: FormField[];
};

const accessRequestType: RequestType = {
  id: "25",
  name: "Request access to an application",
  description: "Ask for an application and the access that you need in it",
  helpText: "Your request is approved by the people who own the application.",
  form: [
    { fieldId: fieldIds.summary, required: true },
    { fieldId: fieldIds.application, required: true },
    { fieldId: fieldIds.duration, required: true },
    { fieldId: fieldIds.reason, required: true },
    { fieldId: fieldIds.beneficiary, required: false },
    { fieldId: fieldIds.start, required: false },
    { fieldId: fieldIds.until, required: false },
    { fieldId: fieldIds.incident, required: false },
    { fieldId: fieldIds.other, required: false },
    { fieldId: fieldIds.description, required: false },
  ],
};

const questionRequestType: RequestType = {
  id: "26",
  name: "Ask IT a question",
  description: "Anything else",
  helpText: "",
  form: [
    { fieldId: fieldIds.summary, required: true },
    { fieldId: fieldIds.description, required: false },
    { fieldId: fieldIds.group, required: false },
  ],
};

const signInRequestType: RequestType = {
  id: "27",
  name: "I cannot sign in",
  description: "Your account is locked, or your second factor is gone",
  helpText: "Somebody calls you back on the number that People has of you.",
  form: [
    { fieldId: fieldIds.summary, required: true },
    { fieldId: fieldIds.description, required: false },
  ],
};

const vpnRequestType: RequestType = {
  id: "28",
  name: "VPN for a team",
  description: "Lets several people into the company's network",
  helpText: "",
  form: [
    { fieldId: fieldIds.summary, required: true },
    { fieldId: fieldIds.people, required: true },
  ],
};

const stopRequestType: RequestType = {
  id: "29",
  name: "Stop somebody's access",
  description: "For a lost device or a stolen password",
  helpText: "Security decides at once.",
  form: [
    { fieldId: fieldIds.summary, required: true },
    { fieldId: fieldIds.beneficiary, required: true },
  ],
};

const newColleagueRequestType: RequestType = {
  id: "30",
  name: "A new colleague",
  description: "Somebody begins to work here",
  helpText: "The account is ready on the first day.",
  form: [
    { fieldId: fieldIds.summary, required: true },
    { fieldId: fieldIds.firstName, required: true },
    { fieldId: fieldIds.lastName, required: true },
    { fieldId: fieldIds.department, required: true },
    { fieldId: fieldIds.manager, required: true },
    { fieldId: fieldIds.privateAddress, required: false },
    { fieldId: fieldIds.start, required: true },
  ],
};

const leaverRequestType: RequestType = {
  id: "31",
  name: "Somebody leaves",
  description: "The last day of a colleague",
  helpText: "",
  form: [
    { fieldId: fieldIds.summary, required: true },
    { fieldId: fieldIds.beneficiary, required: true },
    { fieldId: fieldIds.manager, required: true },
    { fieldId: fieldIds.start, required: false },
  ],
};

const moverRequestType: RequestType = {
  id: "32",
  name: "Somebody changes departments",
  description: "Another department, or another manager",
  helpText: "",
  form: [
    { fieldId: fieldIds.summary, required: true },
    { fieldId: fieldIds.beneficiary, required: true },
    { fieldId: fieldIds.department, required: true },
    { fieldId: fieldIds.manager, required: true },
  ],
};

export const requestTypes = [
  accessRequestType,
  questionRequestType,
  signInRequestType,
  vpnRequestType,
  stopRequestType,
  newColleagueRequestType,
  leaverRequestType,
  moverRequestType,
];

/** What Latchkey does nothing about. */
export const otherRequestTypes = [questionRequestType.id];

export function requestTypeById(id: string | null): RequestType | undefined {
  return requestTypes.find((requestType) => requestType.id === id);
}

/** Whether a path means the service desk: by its id or, as Jira allows, in one of the ways to name its project. */
export function isServiceDesk(idOrProject: string): boolean {
  return [
    serviceDeskId,
    `serviceDeskId:${serviceDeskId}`,
    accessProject.key,
    `projectKey:${accessProject.key}`,
    `projectId:${accessProject.id}`,
  ].includes(idOrProject);
}
