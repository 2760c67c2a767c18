import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { AuditEntry } from "../src/audit/audit-trail.ts";
import { describeEntry } from "../src/audit/describe.ts";
import type { AwsCall } from "./runtime/endpoint/services.ts";
import { groups, keys, people } from "./world/company.ts";

/** Tells what happens, step by step, in plain words: what people do in Jira, and what Latchkey writes into its audit trail. */

const PutItem = v.object({ TableName: v.string(), Item: v.record(v.string(), v.any()) });

/** The sentence for an entry that was just added to the Audit table; undefined for every other call. */
export function tellAudit(call: AwsCall): { requestId: string; sentence: string; at: number } | undefined {
  if (call.service !== "dynamodb" || call.operation !== "PutItem" || call.outcome !== "ok") return undefined;
  const input = v.safeParse(PutItem, call.input);
  if (!input.success || !input.output.TableName.endsWith("-audit")) return undefined;
  const entry = v.safeParse(AuditEntry, unmarshall(input.output.Item));
  if (!entry.success) return undefined;
  const { requestId, at } = entry.output;
  return { requestId, at, sentence: withNames(describeEntry(entry.output, nameOf)) };
}

function nameOf(accountId: string): string {
  if (accountId === keys.jiraServiceAccountId) return "Latchkey";
  const person = people.find((one) => one.accountId === accountId);
  return person ? `${person.firstName} ${person.lastName}` : accountId;
}

const names = new Map([
  ...groups.map((group) => [group.id, group.name] as const),
  ...people.map((person) => [person.jumpcloudId, `${person.firstName} ${person.lastName}`] as const),
]);

/** Ids of JumpCloud's people and groups as their names, as far as the simulated company has them. */
function withNames(sentence: string): string {
  return sentence.replaceAll(/\b[0-9a-f]{24}\b/g, (id) => names.get(id) ?? id);
}
