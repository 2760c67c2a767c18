import * as v from "valibot";
import { canonicalJson, sha256 } from "../audit/hash.ts";
import type { AnyType, RequestType, Site } from "../policy/site.ts";
import type { Issue } from "./issue.ts";

/** What the requester chose on the form, by id: labels may be renamed or translated, ids stay. */
export type Form = {
  /** Option of the entitlement field: the inner one of a cascading select, else the only one. */
  option?: string;
  durationOption?: string;
  /** Account id of the person that the access is for, when that field is filled in. */
  beneficiary?: string;
  reason?: string;
  /** When the access shall begin, as Jira writes dates. */
  start?: string;
  /** Key of a ticket with which the access shall end. */
  until?: string;
  /** Key of the incident for which the access is taken without an approval. */
  incident?: string;
  /** What is wanted, in words, if it is not in the catalog. */
  other?: string;
};

/** Ids become keys of what is stored. */
const Id = v.pipe(v.string(), v.regex(/^.{1,128}$/));
const Choice = v.object({ id: Id, child: v.optional(v.object({ id: Id })) });
const Text = v.object({ content: v.array(v.unknown()) });
const User = v.object({ accountId: Id });

const RequestTypeField = v.object({ requestType: v.object({ id: v.string() }) });

/** The settings of the issue's request type; undefined for an issue that Latchkey has nothing to do with. */
export function requestTypeOfIssue(site: Site, issue: Issue): AnyType | undefined {
  return site.requestTypes.find((candidate) => {
    const value = v.safeParse(RequestTypeField, issue.fields[candidate.fields.requestType]);
    return (
      value.success && value.output.requestType.id === candidate.id && issue.projectId === candidate.project
    );
  });
}

/** Reads the form from the issue's fields; an empty field is left out. */
export function readForm(issue: Issue, requestType: RequestType): Form {
  const { fields } = requestType;
  const value = (field: { id: string } | undefined) => (field ? issue.fields[field.id] : undefined);
  const entitlement = v.safeParse(Choice, value(fields.entitlement));
  const duration = v.safeParse(Choice, value(fields.duration));
  const beneficiary = firstUser(value(fields.beneficiary));
  const reason = textOf(value(fields.reason));
  const start = textOf(value(fields.start));
  const until = textOf(value(fields.until));
  const incident = textOf(value(fields.incident));
  const other = textOf(value(fields.other));
  return {
    ...(entitlement.success ? { option: entitlement.output.child?.id ?? entitlement.output.id } : {}),
    ...(duration.success ? { durationOption: duration.output.id } : {}),
    ...(beneficiary ? { beneficiary } : {}),
    ...(reason ? { reason } : {}),
    ...(start ? { start } : {}),
    ...(until ? { until } : {}),
    ...(incident ? { incident } : {}),
    ...(other ? { other } : {}),
  };
}

/** Changes when anything changes that decides what would be granted, to whom and for how long. */
export function hashOfForm(issue: Issue, form: Form): string {
  const { option, durationOption, beneficiary, start, until, incident } = form;
  const reporter = issue.reporter?.accountId;
  return sha256(canonicalJson({ option, durationOption, beneficiary, start, until, incident, reporter }));
}

/** Ids of the fields that go into the hash. */
export function decidingFields(requestType: RequestType): string[] {
  const { entitlement, duration, beneficiary, start, until, incident } = requestType.fields;
  const fields = [entitlement, duration, beneficiary, start, until, incident];
  return [...fields.flatMap((field) => field?.id ?? []), "reporter"];
}

/** A user picker gives one account, or a list of them. */
function firstUser(value: unknown): string | undefined {
  const user = v.safeParse(User, Array.isArray(value) ? value[0] : value);
  return user.success ? user.output.accountId : undefined;
}

/** Rich text comes as a document of nested nodes (API version 3) or as a string. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() || undefined;
  const nodes = v.safeParse(Text, value);
  if (!nodes.success) return undefined;
  const text = nodes.output.content.map(leafText).join(" ").trim();
  return text || undefined;
}

const Leaf = v.object({ text: v.string() });

function leafText(node: unknown): string {
  const leaf = v.safeParse(Leaf, node);
  if (leaf.success) return leaf.output.text;
  const inner = v.safeParse(Text, node);
  return inner.success ? inner.output.content.map(leafText).join("") : "";
}
