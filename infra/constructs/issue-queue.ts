import { Duration, Stack } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

/** The FIFO queue of doorbells: one issue's one after the other. What fails five times is put aside. */
export class IssueQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    const common = { fifo: true, encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
    this.deadLetters = new Queue(this, "DeadLetters", {
      ...common,
      queueName: `${stackName}-issues-dead.fifo`,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, "Issues", {
      ...common,
      queueName: `${stackName}-issues.fifo`,
      retentionPeriod: Duration.days(4),
      // Six times the time that the function may take, as AWS advises.
      visibilityTimeout: Duration.seconds(360),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
  }
}
