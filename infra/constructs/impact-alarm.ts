import {
  Alarm,
  type AlarmProps,
  type ComparisonOperator,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

/** Context of the stack: where people read docs/operations.md. */
export const runbookContext = "latchkey:runbook";

export type ImpactAlarmProps = Pick<AlarmProps, "metric" | "threshold"> & {
  comparison: ComparisonOperator;
  evaluationPeriods?: number;
  /** Whether the metric is there only while all is well, so that its silence is the alarm. */
  isSilenceBad?: boolean;
  /** What people feel, in one sentence. */
  impact: string;
  /** Heading in docs/operations.md that says what to look at and what to do. */
  runbook: string;
  topic: ITopic;
};

/** An alarm that says what it means for people and where the way out is written. */
export class ImpactAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: ImpactAlarmProps) {
    const { impact, runbook, topic, comparison, evaluationPeriods, isSilenceBad, ...rest } = props;
    super(scope, id, {
      ...rest,
      comparisonOperator: comparison,
      evaluationPeriods: evaluationPeriods ?? 1,
      treatMissingData: isSilenceBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      alarmDescription: `${impact} See “${runbook}”: ${scope.node.tryGetContext(runbookContext)}#${anchorOf(runbook)}`,
    });
    this.addAlarmAction(new SnsAction(topic));
  }
}

/** As GitHub names the headings of a Markdown file. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
}
