import { Duration, Stack } from "aws-cdk-lib";
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  Metric,
  Stats,
} from "aws-cdk-lib/aws-cloudwatch";
import type { StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import type { FunctionName } from "../../src/lambda/environments.ts";
import { metricNames, metricsNamespace } from "../../src/lambda/metrics.ts";
import type { FrontDoor } from "./front-door.ts";
import type { IssueQueue } from "./issue-queue.ts";
import { LatchkeyFunction } from "./latchkey-function.ts";

export type DashboardProps = {
  alarms: Alarm[];
  stateMachines: StateMachine[];
  issues: IssueQueue;
  door: FrontDoor;
};

type Question = { title: string; of: FunctionName[]; query: string[] };

/** How long it takes between two lines about the same request, for each day: half of the requests, and all but a few. */
const between = (lines: string): string[] => [
  `filter ${lines}`,
  "stats (max(@timestamp) - min(@timestamp)) / 1000 as seconds, count(*) as steps, min(@timestamp) as since by requestId",
  "filter steps > 1",
  "stats count(*) as requests, pct(seconds, 50) as half, pct(seconds, 95) as nearlyAll by datefloor(since, 1d)",
];

/** What Logs Insights answers from the functions' logs: it costs something only while somebody looks, and needs no metric. */
export const questions: Question[] = [
  {
    title: "Seconds from the question to the decision",
    of: ["check-request", "reconcile-issue"],
    query: between('did = "next: ask" or did like /^recorded: /'),
  },
  {
    title: "Seconds from the request to the access, people's time included",
    of: ["reconcile-issue", "provision-access"],
    query: between('did = "opened" or did = "granted"'),
  },
  {
    title: "Seconds from an early end to its access gone",
    of: ["reconcile-issue", "revoke-access"],
    query: between('did = "ended the access early" or did = "revoked"'),
  },
  {
    title: "Decided by policy alone (next: provision) and by people (next: ask)",
    of: ["check-request"],
    query: ["filter did like /^next: /", "stats count(*) as requests by did, rule", "sort requests desc"],
  },
  {
    title: "What became of requests",
    of: ["close-request", "close-actions"],
    query: ["filter did like /^told: /", "stats count(*) as requests by did", "sort requests desc"],
  },
  {
    title: "Failures and refusals by code",
    of: [],
    query: ['filter level = "error"', "stats count(*) as times by error, function", "sort times desc"],
  },
];

/** One page for whoever is on duty, and for whoever asks how well it goes. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    const functions = Stack.of(this)
      .node.findAll()
      .filter((one): one is LatchkeyFunction<FunctionName> => one instanceof LatchkeyFunction);
    const lambdas = functions.map(({ lambda }) => lambda);
    const graph = (title: string, left: Metric[]) => new GraphWidget({ title, left, width: 12, height: 6 });
    new CloudWatchDashboard(this, "Page", {
      dashboardName: stackName,
      defaultInterval: Duration.days(7),
      widgets: [
        [new AlarmStatusWidget({ title: "Alarms", alarms: props.alarms, width: 24, height: 4 })],
        [
          graph("What should be nothing", own(stackName)),
          graph(
            "Errors",
            lambdas.map((one) => one.metricErrors()),
          ),
        ],
        [graph("Runs", runs(props.stateMachines)), graph("Calls and doorbells", doorbells(props))],
        questions.map(
          ({ title, of, query }) =>
            new LogQueryWidget({
              title,
              width: 12,
              height: 6,
              view: LogQueryVisualizationType.TABLE,
              logGroupNames: functions
                .filter(({ name }) => of.length === 0 || of.includes(name))
                .map(({ logGroup }) => logGroup.logGroupName),
              queryLines: query,
            }),
        ),
      ],
    });
  }
}

function own(stackName: string): Metric[] {
  return Object.values(metricNames).map(
    (metricName) =>
      new Metric({
        namespace: metricsNamespace,
        metricName,
        dimensionsMap: { service: stackName },
        statistic: Stats.MAXIMUM,
      }),
  );
}

function runs(machines: StateMachine[]): Metric[] {
  return machines.flatMap((machine) => [
    machine.metricStarted(),
    machine.metricSucceeded(),
    machine.metricFailed(),
    machine.metricTimedOut(),
    machine.metricThrottled(),
  ]);
}

function doorbells({ door, issues }: DashboardProps): Metric[] {
  return [
    door.api.metricCount(),
    door.api.metricClientError(),
    door.api.metricServerError(),
    issues.queue.metricNumberOfMessagesSent(),
    issues.queue.metricApproximateAgeOfOldestMessage(),
    issues.deadLetters.metricApproximateNumberOfMessagesVisible(),
  ];
}
