import { expect, test } from "vitest";
import { all, functionOf, grants, short } from "../support/deployed-stack.ts";

const readPolicy = ["dynamodb:BatchGetItem table/catalog"];
const readCatalogItem = ["dynamodb:GetItem table/catalog"];
const findEntry = ["dynamodb:Query table/catalog"];
const addToTrail = ["dynamodb:PutItem table/audit", "dynamodb:Query table/audit"];
const changeRequests = ["dynamodb:GetItem table/requests", "dynamodb:PutItem table/requests"];
const keepPace = ["dynamodb:UpdateItem table/requests"];
const read = (secret: string) => [`secretsmanager:GetSecretValue secret:${secret}`];

/** All that each function may do, beside writing its own log. Whoever widens a right has to say so here. */
const rights: Record<string, string[]> = {
  "receive-webhook": [...read("jira-webhook"), "sqs:SendMessage issues.fifo"],
  "reconcile-issue": [
    "sqs:ReceiveMessage issues.fifo",
    "sqs:DeleteMessage issues.fifo",
    "sqs:GetQueueAttributes issues.fifo",
    ...readPolicy,
    ...findEntry,
    ...read("jira-api"),
    "dynamodb:Query table/requests",
    ...changeRequests,
    ...addToTrail,
    "states:StartExecution stateMachine:access-request:live",
    "states:SendTaskSuccess stateMachine:access-request",
    "states:StartExecution stateMachine:directory-action:live",
    "states:SendTaskSuccess stateMachine:directory-action",
  ],
  "sweep-requests": [
    ...readPolicy,
    ...read("jira-api"),
    "dynamodb:Query table/requests",
    "dynamodb:Query table/requests/index/open",
    "sqs:SendMessage issues.fifo",
  ],
  "check-request": [
    ...readPolicy,
    ...findEntry,
    ...changeRequests,
    ...addToTrail,
    ...keepPace,
    ...read("jira-api"),
    ...read("jumpcloud-read"),
  ],
  "simulate-request": [
    ...readPolicy,
    ...findEntry,
    "dynamodb:GetItem table/requests",
    ...keepPace,
    ...read("jira-api"),
    ...read("jumpcloud-read"),
  ],
  "raise-synthetic-request": [...readPolicy, ...read("jira-api")],
  "sync-catalog": [
    ...readPolicy,
    ...readCatalogItem,
    ...findEntry,
    "dynamodb:PutItem table/catalog of DIRECTORY, HEALTH",
    "dynamodb:GetItem table/requests",
    ...keepPace,
    ...read("jira-api"),
    ...read("jumpcloud-read"),
  ],
  "ask-for-approval": [
    ...readPolicy,
    ...findEntry,
    ...changeRequests,
    ...addToTrail,
    ...keepPace,
    ...read("jira-api"),
    ...read("jumpcloud-read"),
  ],
  "provision-access": [
    ...readPolicy,
    ...readCatalogItem,
    ...findEntry,
    ...changeRequests,
    ...addToTrail,
    ...keepPace,
    ...read("jira-api"),
    ...read("jumpcloud-write"),
  ],
  "hold-access": [...readPolicy, ...changeRequests, ...addToTrail, ...read("jira-api")],
  "revoke-access": [...readPolicy, ...changeRequests, ...addToTrail, ...keepPace, ...read("jumpcloud-write")],
  "close-request": [
    ...readPolicy,
    ...changeRequests,
    "dynamodb:Query table/requests",
    ...addToTrail,
    ...read("jira-api"),
  ],
  "check-actions": [
    ...readPolicy,
    ...findEntry,
    ...changeRequests,
    "dynamodb:Query table/requests",
    ...addToTrail,
    ...keepPace,
    ...read("jira-api"),
    ...read("jumpcloud-read"),
  ],
  "perform-actions": [
    ...readPolicy,
    ...readCatalogItem,
    ...changeRequests,
    "dynamodb:Query table/requests",
    ...addToTrail,
    ...keepPace,
    ...read("jira-api"),
    ...read("jumpcloud-write"),
  ],
  "report-actions": [
    ...readPolicy,
    ...changeRequests,
    "dynamodb:Query table/requests",
    ...addToTrail,
    ...read("jira-api"),
  ],
  "close-actions": [...readPolicy, ...changeRequests, ...addToTrail, ...read("jira-api")],
  "check-keys": ["jira-webhook", "jira-api", "jumpcloud-read", "jumpcloud-write"].map(
    (secret) => `secretsmanager:ListSecretVersionIds secret:${secret}`,
  ),
  "anchor-audit": [
    "dynamodb:Query table/audit/index/byDay",
    "s3:ListBucketVersions anchors",
    "s3:PutObject anchors/*",
    "s3:GetObjectVersion anchors/*",
  ],
  "call-operator": [...readPolicy, ...changeRequests, ...addToTrail, ...read("jira-api")],
};

const functions = all("AWS::Lambda::Function").map(({ properties }) => functionOf(properties.FunctionName));
const machineRoles = all("AWS::StepFunctions::StateMachine").map(({ properties }) =>
  short(properties.RoleArn).replace("role/", ""),
);
const rolesThatMay = (action: RegExp, resource: RegExp) => [
  ...new Set(
    grants
      .filter((grant) => action.test(grant.action) && resource.test(grant.resource))
      .map(({ role }) => role),
  ),
];

/** Who may take on a role: a service, and for the state machine's only the state machines of this account. */
const assumedBy = (service: string, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service }, ...more }],
});

test("every function, every state machine and what deploys them has a role of its own, which nobody else can take on", () => {
  const trusted = Object.fromEntries(
    all("AWS::IAM::Role").map(({ id, properties }) => [
      properties.RoleName ? short(properties.RoleName) : id,
      properties.AssumeRolePolicyDocument,
    ]),
  );
  expect(trusted).toEqual({
    ...Object.fromEntries(functions.map((name) => [name, assumedBy("lambda.amazonaws.com")])),
    ...Object.fromEntries(
      machineRoles.map((role) => [
        role,
        assumedBy("states.amazonaws.com", {
          Condition: {
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:*" },
          },
        }),
      ]),
    ),
    deployment: assumedBy("codedeploy.amazonaws.com", {
      Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
    }),
  });
  for (const { properties } of all("AWS::Lambda::Function"))
    expect(short(properties.Role)).toBe(`role/${functionOf(properties.FunctionName)}`);
});

test("what a role may do is written in one place: no policies of AWS, none within the role", () => {
  for (const { properties } of all("AWS::IAM::Role")) {
    expect(properties).not.toHaveProperty("ManagedPolicyArns");
    expect(properties).not.toHaveProperty("Policies");
  }
});

test.each(functions)("%s may do what it needs and nothing else", (name) => {
  const own = `log-group:/aws/lambda/${name}:*`;
  expect(
    grants
      .filter(({ role }) => role === name)
      .map(({ action, resource, keys }) => `${action} ${resource}${keys ? ` of ${keys.join(", ")}` : ""}`)
      .sort(),
  ).toEqual([...(rights[name] ?? []), `logs:CreateLogStream ${own}`, `logs:PutLogEvents ${own}`].sort());
});

test("no action is a pattern", () => {
  expect(grants.filter(({ action }) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action))).toEqual([]);
});

/**
 * AWS has no finer resource for these: the delivery of a state machine's log, and tracing.
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
const withoutResource = [
  "logs:CreateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:DescribeLogGroups",
  "logs:DescribeResourcePolicies",
  "logs:GetLogDelivery",
  "logs:ListLogDeliveries",
  "logs:PutResourcePolicy",
  "logs:UpdateLogDelivery",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
  "xray:PutTelemetryRecords",
  "xray:PutTraceSegments",
];

test("a resource is a pattern only where AWS has none: for the state machines' logs and traces, for asking how alarms stand, and for the anchors", () => {
  const wide = grants.filter(({ resource }) => /[*?]/.test(resource.replace(/^(log-group:.*):\*$/, "$1")));
  const byRole = (one: { role: string }, other: { role: string }) =>
    one.role < other.role ? -1 : one.role > other.role ? 1 : 0;
  const anchors = ["s3:GetObjectVersion", "s3:PutObject"];
  expect(wide.map(({ role, action, resource }) => ({ role, action, resource })).sort(byRole)).toEqual(
    [
      ...machineRoles.flatMap((role) => withoutResource.map((action) => ({ role, action, resource: "*" }))),
      { role: "deployment", action: "cloudwatch:DescribeAlarms", resource: "*" },
      ...anchors.map((action) => ({ role: "anchor-audit", action, resource: "anchors/*" })),
    ].sort(byRole),
  );
});

test("only the function that has read the approval in Jira answers waiting runs, and starts them", () => {
  expect(rolesThatMay(/^states:/, /./)).toEqual(["reconcile-issue"]);
});

test("nobody changes or removes an entry of the audit trail, not even an administrator", () => {
  expect(
    [
      ...new Set(
        grants.filter(({ resource }) => resource.startsWith("table/audit")).map(({ action }) => action),
      ),
    ].sort(),
  ).toEqual(["dynamodb:PutItem", "dynamodb:Query"]);
  expect(rolesThatMay(/^dynamodb:Query/, /^table\/audit\/index/)).toEqual(["anchor-audit"]);
  const audit = all("AWS::DynamoDB::Table").find(({ properties }) => short(properties.TableName) === "audit");
  expect(audit?.properties.ResourcePolicy.PolicyDocument.Statement).toEqual([
    {
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: [
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLUpdate",
        "dynamodb:UpdateItem",
        "dynamodb:UpdateTimeToLive",
      ],
      Resource: "*",
    },
  ]);
});

test("no function removes anything from a table, or changes what the policy says", () => {
  expect(rolesThatMay(/^dynamodb:(Delete|BatchWrite|PartiQL|Scan)/, /./)).toEqual([]);
  const writing = grants.filter(
    ({ action, resource }) => /^dynamodb:(Put|Update)/.test(action) && resource.includes("catalog"),
  );
  // What was found in JumpCloud about the catalog can close an entry, and can neither open nor change one.
  expect(writing).toEqual([
    {
      role: "sync-catalog",
      action: "dynamodb:PutItem",
      resource: "table/catalog",
      keys: ["DIRECTORY", "HEALTH"],
    },
  ]);
});

test("only granting, revoking and doing actions hold the key that changes memberships, and nobody holds both keys", () => {
  const writers = rolesThatMay(/^secretsmanager:Get/, /jumpcloud-write/);
  const readers = rolesThatMay(/^secretsmanager:Get/, /jumpcloud-read/);
  expect(writers.sort()).toEqual(["perform-actions", "provision-access", "revoke-access"]);
  expect(readers.sort()).toEqual([
    "ask-for-approval",
    "check-actions",
    "check-request",
    "simulate-request",
    "sync-catalog",
  ]);
});

test("what faces the internet can ring, and can read neither a request nor a key of Jira or JumpCloud", () => {
  const reachable = grants.filter(({ role }) => role === "receive-webhook").map(({ resource }) => resource);
  expect(reachable.filter((resource) => /table|jira-api|jumpcloud|stateMachine/.test(resource))).toEqual([]);
});

test("no secret's value is seen but by the function that needs it: its environment names it, and nothing else reads one", () => {
  expect(
    grants
      .filter(({ role, action }) => role === "check-keys" && action.startsWith("secretsmanager:"))
      .map(({ action }) => action),
  ).not.toContain("secretsmanager:GetSecretValue");
  for (const { properties } of all("AWS::Lambda::Function")) {
    const name = functionOf(properties.FunctionName);
    // This one sees how old they are, and no value.
    if (name === "check-keys") continue;
    const named = Object.values<string>(properties.Environment.Variables)
      .filter((value) => value.includes(":secret:"))
      .map(short);
    const readable = grants
      .filter(({ role, action }) => role === name && action === "secretsmanager:GetSecretValue")
      .map(({ resource }) => resource);
    expect(readable.sort(), name).toEqual(named.sort());
  }
});

test("functions are called by the routes and the schedule that are theirs, and by nobody else", () => {
  const permissions = all("AWS::Lambda::Permission").map(({ properties }) => ({
    function: functionOf(properties.FunctionName),
    by: properties.Principal,
    from: short(properties.SourceArn).replace(/^[0-9a-f]{10}/, ""),
  }));
  const api = (path: string) => ({
    function: "receive-webhook",
    by: "apigateway.amazonaws.com",
    from: `/*/*/${path}`,
  });
  expect(permissions).toEqual(
    expect.arrayContaining([
      api("webhooks/jira"),
      api("webhooks/automation"),
      api("healthz"),
      { function: "sweep-requests", by: "events.amazonaws.com", from: "rule/sweep" },
      { function: "sync-catalog", by: "events.amazonaws.com", from: "rule/sync" },
      { function: "raise-synthetic-request", by: "events.amazonaws.com", from: "rule/synthetic" },
      { function: "anchor-audit", by: "events.amazonaws.com", from: "rule/anchor" },
      { function: "check-keys", by: "events.amazonaws.com", from: "rule/keys" },
      { function: "check-keys", by: "events.amazonaws.com", from: "rule/keys" },
    ]),
  );
  expect(permissions).toHaveLength(8);
});

test("nobody who works for Latchkey takes an anchor away, or unlocks one", () => {
  expect(rolesThatMay(/^s3:/, /./)).toEqual(["anchor-audit"]);
  expect(
    grants.flatMap(({ action }) => (action.startsWith("s3:") ? [action.slice(3)] : [])).toSorted(),
  ).toEqual(["GetObjectVersion", "ListBucketVersions", "PutObject"]);
});
