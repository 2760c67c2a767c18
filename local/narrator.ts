import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { AuditEntry } from "../src/audit/audit-trail.ts";
import { describeEntry } from "../src/audit/describe.ts";
import type { AwsCall } from "./runtime/endpoint/services.ts";
import { groups, keys, people } from "./world/company.ts";
import type { WorldEvent } from "./world/events.ts";
import type { JiraEvent } from "./world/jira/events.ts";
import type { JumpCloudEvent } from "./world/jumpcloud/journal.ts";

const PutItem = v.object({ TableName: v.string(), Item: v.record(v.string(), v.any()) });

/**
 * Tells what happens, step by step, in plain words: what people do in Jira, what Latchkey writes into its audit trail, and what
 * changes in JumpCloud.
 */
export class Narrator {
  readonly #write: (line: string) => void;
  readonly #keys = new Map<string, string>();
  #day: string | undefined;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Tells of the call if it added an entry to the Audit table. */
  readonly onCall = (call: AwsCall): void => {
    if (call.service !== "dynamodb" || call.operation !== "PutItem" || call.outcome !== "ok") return;
    const input = v.safeParse(PutItem, call.input);
    if (!input.success || !input.output.TableName.endsWith("-audit")) return;
    const entry = v.safeParse(AuditEntry, unmarshall(input.output.Item));
    if (!entry.success) return;
    const { requestId, at, facts } = entry.output;
    if (typeof facts.issueKey === "string") this.#keys.set(requestId, facts.issueKey);
    const sentence = withNames(describeEntry(entry.output, nameOf));
    // The trail of what is done for one person has the request's id before a slash.
    const [request = requestId] = requestId.split("/");
    this.#tell(at, this.#keys.get(request) ?? request, "Latchkey", sentence);
  };

  readonly onEvent = (event: WorldEvent): void => {
    const sentence = event.source === "jira" ? jiraSentence(event) : jumpcloudSentence(event);
    if (sentence === undefined) return;
    this.#tell(event.at, event.source === "jira" ? event.issueKey : "", source[event.source], sentence);
  };

  #tell(at: number, key: string, who: string, sentence: string): void {
    const [day = "", time = ""] = new Date(at).toISOString().split("T");
    if (this.#day !== undefined && this.#day !== day) this.#write(`── ${day} ──`);
    this.#day = day;
    this.#write(`${time.slice(0, 8)}  ${key.padEnd(8)}  ${who.padEnd(9)}  ${sentence}`);
  }
}

const source = { jira: "Jira", jumpcloud: "JumpCloud" };
const latchkey = "Latchkey";

/** What people did. What Latchkey did in Jira follows from its own sentences. */
function jiraSentence(event: JiraEvent): string | undefined {
  switch (event.type) {
    case "request created":
      return `${event.by} made a request on the portal: “${event.summary}”.`;
    case "approval answered":
      return `${event.by} ${event.decision} in Jira.`;
    case "status changed":
      return event.by === latchkey
        ? `The ticket went from “${event.from}” to “${event.to}”.`
        : `${event.by} moved the ticket from “${event.from}” to “${event.to}”.`;
    case "comment added": {
      const [line = ""] = event.text.split("\n");
      const said = line.replaceAll(/\[~accountid:([^\]]+)\]/g, (_, id: string) => nameOf(id));
      return `${event.by} wrote${event.public ? "" : " internally"}: ${said}`;
    }
    case "issue edited":
      return event.by === latchkey ? undefined : `${event.by} edited ${event.fields.join(", ")}.`;
    case "issue moved":
      return `${event.by} moved it here from ${event.from}.`;
    case "issue deleted":
      return `${event.by} deleted the ticket.`;
    case "webhook failed":
      return `A webhook was not taken in (${event.problem})${event.retryAt === null ? "" : "; Jira will try again"}.`;
    case "approval asked":
    case "webhook delivered":
      return undefined;
  }
}

function jumpcloudSentence({ type, by, user, group }: JumpCloudEvent): string | undefined {
  if (type === "member added") return `${user?.email} is now in ${group?.name}, by ${by}.`;
  if (type === "member removed") return `${user?.email} is no longer in ${group?.name}, by ${by}.`;
  return user ? `${type}: ${user.email}, by ${by}.` : undefined;
}

export function nameOf(accountId: string): string {
  if (accountId === keys.jiraServiceAccountId) return latchkey;
  const person = people.find((one) => one.accountId === accountId);
  return person ? `${person.firstName} ${person.lastName}` : accountId;
}

const names = new Map([
  ...groups.map((group) => [group.id, group.name] as const),
  ...people.map((person) => [person.jumpcloudId, `${person.firstName} ${person.lastName}`] as const),
]);

/** Ids of JumpCloud's people and groups as their names, as far as the simulated company has them. */
export function withNames(sentence: string): string {
  return sentence.replaceAll(/\b[0-9a-f]{24}\b/g, (id) => names.get(id) ?? id);
}
