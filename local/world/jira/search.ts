import type { Account } from "./accounts.ts";
import { fieldIds } from "./fields.ts";
import { type Issue, reporterOf, summaryOf } from "./issues.ts";
import { type JqlClause, type JqlCondition, JqlError, type JqlValue, parseJql } from "./jql.ts";
import { findProject, issueType, projects } from "./project.ts";
import type { Site } from "./site.ts";
import { statuses, statusOf } from "./workflow.ts";

/** A query that can be asked about issues. */
type Search = {
  /** Whether it restricts what is found; Jira refuses searches that do not. */
  bounded: boolean;
  matches(issue: Issue): boolean;
  compare(a: Issue, b: Issue): number;
};

type Test = (issue: Issue) => boolean;

/**
 * Prepares a query. Dates are read in UTC, relative ones from now.
 * @param viewer whom `currentUser()` means; null for webhooks
 * @throws JqlError for queries that are wrong, and for right ones with fields that the simulated site does not know
 */
export function prepareSearch(jql: string, site: Site, viewer: Account | null): Search {
  const { restriction, order } = parseJql(jql);
  const comparisons = order.map(({ field, descending }) => {
    const by = orderings.get(field);
    if (!by) throw new JqlError(`The simulated Jira does not sort by the field '${field}'.`);
    return (a: Issue, b: Issue) => (descending ? by(b, a) : by(a, b));
  });
  const newestFirst = (a: Issue, b: Issue) => Number(b.id) - Number(a.id);
  return {
    bounded: restriction !== null,
    matches: restriction ? testOf(restriction, { site, viewer }) : () => true,
    compare: (a, b) => {
      for (const comparison of comparisons) {
        const result = comparison(a, b);
        if (result !== 0) return result;
      }
      return newestFirst(a, b);
    },
  };
}

const orderings = new Map<string, (a: Issue, b: Issue) => number>([
  ["created", (a, b) => a.created - b.created],
  ["updated", (a, b) => a.updated - b.updated],
  ["id", (a, b) => Number(a.id) - Number(b.id)],
  ["key", byKey],
  ["issuekey", byKey],
  ["status", (a, b) => Number(a.statusId) - Number(b.statusId)],
  ["summary", (a, b) => summaryOf(a).localeCompare(summaryOf(b))],
]);

function byKey(a: Issue, b: Issue): number {
  const [projectA = "", numberA = ""] = a.key.split("-");
  const [projectB = "", numberB = ""] = b.key.split("-");
  return projectA.localeCompare(projectB) || Number(numberA) - Number(numberB);
}

type Context = { site: Site; viewer: Account | null };

function testOf(condition: JqlCondition, context: Context): Test {
  switch (condition.type) {
    case "and": {
      const tests = condition.conditions.map((one) => testOf(one, context));
      return (issue) => tests.every((test) => test(issue));
    }
    case "or": {
      const tests = condition.conditions.map((one) => testOf(one, context));
      return (issue) => tests.some((test) => test(issue));
    }
    case "not": {
      const test = testOf(condition.condition, context);
      return (issue) => !test(issue);
    }
    case "clause":
      return clauseTest(condition, context);
  }
}

function clauseTest(clause: JqlClause, context: Context): Test {
  switch (clause.field) {
    case "project":
      return identity(
        clause,
        (issue) => issue.projectId,
        (text) => (findProject(text) ?? projects.find((project) => sameText(project.name, text)))?.id,
      );
    case "key":
    case "issuekey":
    case "issue":
    case "id":
      return identity(
        clause,
        (issue) => issue.id,
        (text) => context.site.issues.find(text)?.id,
      );
    case "status":
      return identity(
        clause,
        (issue) => issue.statusId,
        (text) => statuses.find((status) => status.id === text || sameText(status.name, text))?.id,
      );
    case "statuscategory":
      return identity(
        clause,
        (issue) => statusOf(issue.statusId).category,
        (text) => categoryNames.get(text.toLowerCase()),
      );
    case "issuetype":
    case "type":
      return identity(
        clause,
        () => issueType.id,
        (text) => (text === issueType.id || sameText(text, issueType.name) ? issueType.id : undefined),
      );
    case "reporter":
      return identity(clause, reporterOf, personNamed(context));
    case "assignee":
      return identity(clause, assigneeOf, personNamed(context));
    case "created":
      return dateTest(clause, (issue) => issue.created, context);
    case "updated":
      return dateTest(clause, (issue) => issue.updated, context);
    default:
      throw new JqlError(
        `Field '${clause.field}' does not exist or you do not have permission to view it. ` +
          "(The simulated Jira knows only a part of JQL.)",
      );
  }
}

const categoryNames = new Map([
  ["new", "new"],
  ["to do", "new"],
  ["indeterminate", "indeterminate"],
  ["in progress", "indeterminate"],
  ["done", "done"],
]);

function assigneeOf(issue: Issue): string | null {
  const assignee = issue.fields[fieldIds.assignee];
  return assignee?.type === "user" ? assignee.accountId : null;
}

function personNamed({ site, viewer }: Context) {
  return (text: string, isCall: boolean) => {
    if (isCall) return text === "currentuser" ? (viewer?.accountId ?? "nobody") : undefined;
    return (site.accounts.find(text) ?? site.accounts.findByEmail(text))?.accountId;
  };
}

/** A test of a value that is one of many, or empty. `resolve` gives the id that a literal or function means. */
function identity(
  clause: JqlClause,
  read: (issue: Issue) => string | null,
  resolve: (text: string, isCall: boolean) => string | undefined,
): Test {
  const { operator } = clause;
  if (operator !== "=" && operator !== "!=" && operator !== "in" && operator !== "not in")
    throw new JqlError(`The operator '${operator}' is not supported by the '${clause.field}' field.`);
  const wanted = new Set(
    clause.values.map((value) => (isEmpty(value) ? null : resolved(clause, value, resolve))),
  );
  if (operator === "=" || operator === "in") return (issue) => wanted.has(read(issue));
  return (issue) => {
    const value = read(issue);
    return !wanted.has(value) && (value !== null || wanted.has(null));
  };
}

function resolved(
  clause: JqlClause,
  value: JqlValue,
  resolve: (text: string, isCall: boolean) => string | undefined,
): string {
  const text = "text" in value ? value.text : value.call;
  const id = resolve(text, "call" in value);
  if (id === undefined)
    throw new JqlError(`The value '${text}' does not exist for the field '${clause.field}'.`);
  return id;
}

function isEmpty(value: JqlValue): boolean {
  return "call" in value && value.call === "empty";
}

function dateTest(clause: JqlClause, timeOf: (issue: Issue) => number, { site }: Context): Test {
  const [value] = clause.values;
  if (!value || clause.operator === "in" || clause.operator === "not in")
    throw new JqlError(`The operator '${clause.operator}' is not supported by the '${clause.field}' field.`);
  const time = dateOf(value, site.clock.now(), clause.field);
  switch (clause.operator) {
    case "=":
      return (issue) => timeOf(issue) === time;
    case "!=":
      return (issue) => timeOf(issue) !== time;
    case "<":
      return (issue) => timeOf(issue) < time;
    case "<=":
      return (issue) => timeOf(issue) <= time;
    case ">":
      return (issue) => timeOf(issue) > time;
    case ">=":
      return (issue) => timeOf(issue) >= time;
  }
}

const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function dateOf(value: JqlValue, now: number, field: string): number {
  if ("call" in value && value.call === "now") return now;
  const text = "text" in value ? value.text : value.call;
  const relative = /^(-?)((?:\d+[mhdw]\s*)+)$/.exec(text.trim());
  if (relative) {
    const [, sign, amounts = ""] = relative;
    const distance = [...amounts.matchAll(/(\d+)([mhdw])/g)]
      .map(([, amount, unit = ""]) => Number(amount) * (units[unit] ?? 0))
      .reduce((sum, one) => sum + one, 0);
    return sign === "-" ? now - distance : now + distance;
  }
  const absolute = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?: (\d{1,2}):(\d{2}))?$/.exec(text);
  if (!absolute)
    throw new JqlError(
      `Date value '${text}' for field '${field}' is invalid. Valid formats include: ` +
        "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
    );
  const [, year, month, day, hour = 0, minute = 0] = absolute;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
}

function sameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
