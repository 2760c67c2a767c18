import { all, functionOf, short } from "./deployed-stack.ts";
import type { Explained } from "./permission-uses.ts";

const functions = all("AWS::Lambda::Function").map(({ properties }) => functionOf(properties.FunctionName));
const machines = all("AWS::StepFunctions::StateMachine").map(({ properties }) =>
  short(properties.RoleArn).replace("role/", ""),
);

/** Every grant that no story needs, and why it is there. One that a story does need, or that is gone, must not be here. */
export const explainedGrants: Explained[] = [
  {
    roles: functions,
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resource: /^log-group:\/aws\/lambda\//,
    why: "Lambda itself writes what a function prints, with the function's role; the local runtime prints it",
    see: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
  },
  {
    roles: machines,
    actions: [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ],
    resource: /^\*$/,
    why: "Step Functions delivers the log of a state machine with its role; AWS has no finer resource for it",
    see: "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
  },
  {
    roles: machines,
    actions: [
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ],
    resource: /^\*$/,
    why: "Step Functions traces with the state machine's role; AWS has no finer resource for it",
    see: "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
  },
  {
    roles: ["deployment"],
    actions: [
      "cloudwatch:DescribeAlarms",
      "lambda:GetAlias",
      "lambda:GetProvisionedConcurrencyConfig",
      "lambda:UpdateAlias",
    ],
    resource: /^(\*|function:.+)$/,
    why: "CodeDeploy moves the functions' aliases to a new version, and looks at the alarms; locally a version takes over at once",
    see: "https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html",
  },
  {
    roles: [
      "ask-for-approval",
      "call-operator",
      "check-actions",
      "check-request",
      "close-actions",
      "hold-access",
      "perform-actions",
      "reconcile-issue",
      "report-actions",
    ],
    actions: ["dynamodb:Query"],
    resource: /^table\/audit$/,
    why: "whoever finds that its entry is in the trail already, written by one that died before it could save the request, reads the trail",
    see: "test/outside/storage.test.ts",
  },
];
