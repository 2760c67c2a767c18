import { expect, test } from "vitest";
import { Permissions } from "../../../local/runtime/permissions/permissions.ts";
import { statementsOf } from "../../../local/runtime/permissions/policy-statements.ts";

const place = { region: "eu-west-1", account: "000000000000" };
const table = "arn:aws:dynamodb:eu-west-1:000000000000:table/Requests";

function permissions(...statements: object[]) {
  const role = {
    name: "Worker",
    arn: "arn:aws:iam::000000000000:role/Worker",
    statements: statementsOf({ Version: "2012-10-17", Statement: statements }, "Policy"),
  };
  const refusals: string[] = [];
  const all = new Permissions([role], place, (message) => refusals.push(message));
  return {
    all,
    role,
    refusals,
    may(action: string, resource: string, keys?: Record<string, string[]>): boolean {
      try {
        all.demand(role, "work", { action, resources: [resource], ...(keys && { keys }) });
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === "AccessDeniedException") return false;
        throw error;
      }
    },
  };
}

test("only what a statement allows is allowed, and the refusal reads as on AWS", () => {
  const { all, may, role } = permissions({ Effect: "Allow", Action: "dynamodb:GetItem", Resource: table });
  expect(may("dynamodb:GetItem", table)).toBe(true);
  expect(may("DynamoDB:getitem", table)).toBe(true);
  expect(may("dynamodb:GetItem", `${table}2`)).toBe(false);
  expect(all.role("Worker")).toBe(role);
  expect(all.role(role.arn)).toBe(role);
  expect(() => all.demand(role, "work", { action: "dynamodb:PutItem", resources: [table] })).toThrow(
    `User: arn:aws:sts::000000000000:assumed-role/Worker/work is not authorized to perform: dynamodb:PutItem on resource: ${table} because no identity-based policy allows the dynamodb:PutItem action`,
  );
});

test("an explicit deny wins over every allow", () => {
  const { all, may, role } = permissions(
    { Effect: "Allow", Action: "*", Resource: "*" },
    { Effect: "Deny", Action: ["dynamodb:Delete*", "dynamodb:UpdateItem"], Resource: [table] },
  );
  expect(may("dynamodb:PutItem", table)).toBe(true);
  expect(may("dynamodb:DeleteItem", table)).toBe(false);
  expect(may("dynamodb:DeleteItem", `${table}2`)).toBe(true);
  expect(() => all.demand(role, "work", { action: "dynamodb:UpdateItem", resources: [table] })).toThrow(
    "with an explicit deny in an identity-based policy",
  );
});

test("wildcards match any text, and nothing else in a pattern is special", () => {
  const { may } = permissions({
    Effect: "Allow",
    Action: "sqs:Get?ueue*",
    Resource: "arn:aws:sqs:*:*:a.b+(c)-*",
  });
  expect(may("sqs:GetQueueUrl", "arn:aws:sqs:eu-west-1:000000000000:a.b+(c)-1")).toBe(true);
  expect(may("sqs:GetQueueUrl", "arn:aws:sqs:eu-west-1:000000000000:aXb+(c)-1")).toBe(false);
  expect(may("sqs:GetUrl", "arn:aws:sqs:eu-west-1:000000000000:a.b+(c)-1")).toBe(false);
});

test("NotAction and NotResource allow everything else", () => {
  const { may } = permissions({ Effect: "Allow", NotAction: "dynamodb:*", NotResource: table });
  expect(may("sqs:SendMessage", "arn:queue")).toBe(true);
  expect(may("dynamodb:GetItem", "arn:queue")).toBe(false);
  expect(may("sqs:SendMessage", table)).toBe(false);
});

test.each([
  [{ StringEquals: { "dynamodb:LeadingKeys": ["a", "b"] } }, ["b"], true],
  [{ StringEquals: { "dynamodb:LeadingKeys": "a" } }, ["b"], false],
  [{ StringEquals: { "dynamodb:LeadingKeys": "a" } }, undefined, false],
  [{ StringLike: { "dynamodb:leadingkeys": "REQ#*" } }, ["REQ#7"], true],
  [{ StringLike: { "dynamodb:LeadingKeys": "REQ#*" } }, ["AUD#7"], false],
  [{ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/W*" } }, undefined, true],
  [{ ArnEquals: { "aws:PrincipalArn": "arn:aws:iam:*:role/Worker" } }, undefined, false],
  [{ Bool: { "aws:SecureTransport": "false" } }, undefined, false],
  [{ Bool: { "aws:SecureTransport": true } }, undefined, true],
  [{ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["a", "b"] } }, ["a", "b"], true],
  [{ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["a", "b"] } }, ["a", "c"], false],
  [{ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["a"] } }, undefined, true],
  [{ "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": ["a"] } }, ["c", "a"], true],
  [{ "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": ["a"] } }, undefined, false],
  [
    { StringEquals: { "aws:RequestedRegion": "eu-west-1" }, Bool: { "aws:SecureTransport": "false" } },
    undefined,
    false,
  ],
])("the condition %j with leading keys %j decides %j", (Condition, leadingKeys, expected) => {
  const { may } = permissions({ Effect: "Allow", Action: "*", Resource: "*", Condition });
  expect(may("dynamodb:GetItem", table, leadingKeys && { "dynamodb:LeadingKeys": leadingKeys })).toBe(
    expected,
  );
});

test.each([
  [
    {
      Effect: "Allow",
      Action: "*",
      Resource: "*",
      Condition: { DateLessThan: { "aws:CurrentTime": "2026" } },
    },
    "condition operator DateLessThan",
  ],
  [{ Effect: "Allow", Action: "*", Resource: "arn:aws:s3:::${aws:username}" }, "policy variables"],
  [{ Effect: "Allow", Resource: "*" }, "Policy.Statement.0.Action"],
  [{ Effect: "Allow", Action: "*", Resource: "*", Principal: "*" }, "does not know Principal"],
])("%j is refused, because ignoring it would decide wrongly", (statement, message) => {
  expect(() => permissions(statement)).toThrow(message);
});

test("a condition key that cannot be known locally is an error when it matters, not a silent no", () => {
  const Condition = { StringEquals: { "aws:ResourceTag/team": "x" } };
  const { may } = permissions({ Effect: "Deny", Action: "dynamodb:*", Resource: "*", Condition });
  expect(may("sqs:SendMessage", "arn:queue")).toBe(false);
  expect(() => may("dynamodb:GetItem", table)).toThrow("aws:ResourceTag/team");
});

test("decisions are remembered, and grants of served services that nobody needed are reported", () => {
  const { all, may } = permissions(
    {
      Effect: "Allow",
      Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
      Resource: [table, `${table}/index/*`],
    },
    { Effect: "Allow", Action: ["logs:PutLogEvents", "sqs:*"], Resource: "*" },
  );
  may("dynamodb:GetItem", table);
  may("dynamodb:GetItem", table);
  may("dynamodb:GetItem", `${table}/index/open`);
  may("dynamodb:Scan", table);
  expect(all.used()).toEqual([
    { role: "Worker", action: "dynamodb:GetItem", resource: table, allowed: true },
    { role: "Worker", action: "dynamodb:GetItem", resource: `${table}/index/open`, allowed: true },
    { role: "Worker", action: "dynamodb:Scan", resource: table, allowed: false },
  ]);
  expect(all.unused()).toEqual([
    { role: "Worker", action: "dynamodb:PutItem", resource: table },
    { role: "Worker", action: "dynamodb:PutItem", resource: `${table}/index/*` },
    { role: "Worker", action: "sqs:*", resource: "*" },
  ]);
});

test("of every grant it is told how many calls it has allowed, and every refusal is told at once", () => {
  const { all, may, refusals } = permissions(
    { Effect: "Allow", Action: ["dynamodb:GetItem", "logs:PutLogEvents"], Resource: table },
    { Effect: "Allow", Action: "dynamodb:*", Resource: table },
  );
  may("dynamodb:GetItem", table);
  may("dynamodb:PutItem", table);
  expect(all.grants()).toEqual([
    { role: "Worker", action: "dynamodb:GetItem", resource: table, calls: 1 },
    { role: "Worker", action: "logs:PutLogEvents", resource: table, calls: 0 },
    { role: "Worker", action: "dynamodb:*", resource: table, calls: 2 },
  ]);
  expect(refusals).toEqual([]);
  may("sqs:SendMessage", "arn:queue");
  expect(refusals).toEqual([expect.stringContaining("is not authorized to perform: sqs:SendMessage")]);
});
