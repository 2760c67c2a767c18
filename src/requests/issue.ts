/** What Latchkey needs to know of Jira's people and issues, in its own words. Times are milliseconds since 1970. */

export type Account = {
  accountId: string;
  active: boolean;
  /** `app` is a bot or a service account; `customer` has access to the portal only. */
  kind: "atlassian" | "app" | "customer" | "unknown";
  displayName: string;
  /** Missing when the person hides it. */
  email?: string;
  /** IANA name of the time zone in the person's profile. */
  timeZone?: string;
};

export type Issue = {
  id: string;
  /** Changes when the issue is moved to another project. */
  key: string;
  projectId: string;
  statusId: string;
  /** Whether Jira counts that status among those in which nothing is left to do. */
  isDone: boolean;
  updatedAt: number;
  reporter: Account | undefined;
  /** Fields as Jira gives them, by field id. */
  fields: Record<string, unknown>;
  /** What the service account could do with the issue at that moment, by the status that it leads to. */
  transitions: Transition[];
};

/** `isGlobal`: from every status, that to which it leads among them. */
export type Transition = { id: string; to: string; isGlobal?: boolean | undefined };

/** One change of the issue's status, from its history. */
export type StatusChange = {
  id: string;
  at: number;
  author: Account | undefined;
  from: string;
  to: string;
};

/** A change of any field of the issue, from its history. `from` and `to` are ids, of fields whose values have ids. */
export type FieldChange = {
  id: string;
  at: number;
  author: Account | undefined;
  fieldId: string;
  from: string | undefined;
  to: string | undefined;
};
