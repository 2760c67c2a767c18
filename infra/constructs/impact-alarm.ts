import {
  Alarm,
  type AlarmProps,
  type ComparisonOperator,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

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
      alarmDescription: `${impact} See docs/operations.md, “${runbook}”.`,
    });
    this.addAlarmAction(new SnsAction(topic));
  }
}
