import type { LocalClock } from "../../clock.ts";
import type { Store } from "../../store.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import { checkInput } from "../endpoint/check-input.ts";
import { inputs } from "./api.ts";
import { Executions } from "./executions.ts";
import type { Host } from "./host.ts";
import { Journal, type Step } from "./journal.ts";
import { Machines } from "./machines.ts";
import type { Transition } from "./run.ts";
import { Tokens } from "./tokens.ts";

type Operation = (input: unknown) => object;

/**
 * Step Functions for the local runtime: Standard workflows in JSONata, kept in a store so that they survive the process.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/Welcome.html
 */
export class StatesService {
  readonly #journal: Journal;
  readonly #clock: LocalClock;
  readonly #tokens: Tokens;
  readonly #machines: Machines;
  readonly #executions: Executions;
  readonly #operations: Record<string, Operation>;

  constructor(options: {
    clock: LocalClock;
    store: Store;
    host: Host;
    region: string;
    account: string;
    /** Told of every step after it has been kept. */
    onTransition?: (transition: Transition) => void;
  }) {
    const { clock, store, host, region, account, onTransition = () => {} } = options;
    this.#clock = clock;
    this.#journal = new Journal(store);
    this.#tokens = new Tokens(this.#journal);
    this.#machines = new Machines(this.#journal, clock, region, account);
    const surroundings = {
      clock,
      journal: this.#journal,
      tokens: this.#tokens,
      host,
      region,
      account,
      onTransition,
    };
    this.#executions = new Executions(surroundings, this.#machines);
    this.#operations = this.#table();
  }

  /**
   * One API call in the shapes of the JSON 1.0 protocol: camelCase members, times as seconds since 1970.
   *
   * @param operation without the prefix of `X-Amz-Target`
   * @throws AwsError
   */
  async handle(operation: string, input: unknown): Promise<object> {
    const run = this.#operations[operation];
    if (!run)
      throw new AwsError(
        "UnknownOperationException",
        `the local Step Functions has no '${operation}'; it has ${Object.keys(this.#operations).join(", ")}`,
      );
    return run(input);
  }

  /**
   * Registers or updates a machine from the template; running executions keep the definition they began with.
   *
   * @throws AwsError InvalidDefinition
   */
  define(machine: Parameters<Machines["define"]>[0]): void {
    this.#machines.define(machine);
  }

  /** Continues every RUNNING execution of the store; to be called once, after `define`. */
  resume(): void {
    this.#executions.resume();
  }

  /** Stops timers and work; running executions stay as they are in the store. */
  stop(): void {
    this.#executions.leave();
  }

  /** The steps that an execution has taken through its graph. */
  path(executionArn: string): readonly Step[] {
    return this.#journal.steps.of(executionArn);
  }

  /** What AWS bills: the start, every state that was entered, every retry. */
  billedTransitions(executionArn: string): number {
    return 1 + this.path(executionArn).filter(({ how }) => how === "entered" || how === "retry").length;
  }

  #table(): Record<string, Operation> {
    const machines = this.#machines;
    const executions = this.#executions;
    const tokens = this.#tokens;
    return {
      CreateStateMachine: (input) => machines.create(checkInput(inputs.CreateStateMachine, input)),
      UpdateStateMachine: (input) => machines.update(checkInput(inputs.UpdateStateMachine, input)),
      DescribeStateMachine: (input) =>
        machines.describe(checkInput(inputs.DescribeStateMachine, input).stateMachineArn),
      DescribeStateMachineForExecution: (input) => {
        const { executionArn } = checkInput(inputs.DescribeStateMachineForExecution, input);
        return machines.describeRevision(executions.get(executionArn).revision);
      },
      ListStateMachines: (input) => machines.list(checkInput(inputs.ListStateMachines, input)),
      DeleteStateMachine: (input) => {
        const { stateMachineArn } = checkInput(inputs.DeleteStateMachine, input);
        executions.deleteOf(stateMachineArn);
        machines.delete(stateMachineArn);
        return {};
      },
      ValidateStateMachineDefinition: (input) =>
        machines.validate(checkInput(inputs.ValidateStateMachineDefinition, input)),
      ListTagsForResource: (input) => {
        const tags = machines.tags(checkInput(inputs.ListTagsForResource, input).resourceArn);
        return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
      },
      TagResource: (input) => {
        const { resourceArn, tags } = checkInput(inputs.TagResource, input);
        const added = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
        machines.setTags(resourceArn, { ...machines.tags(resourceArn), ...added });
        return {};
      },
      UntagResource: (input) => {
        const { resourceArn, tagKeys } = checkInput(inputs.UntagResource, input);
        const kept = Object.entries(machines.tags(resourceArn)).filter(([key]) => !tagKeys.includes(key));
        machines.setTags(resourceArn, Object.fromEntries(kept));
        return {};
      },
      StartExecution: (input) => executions.start(checkInput(inputs.StartExecution, input)),
      DescribeExecution: (input) => executions.describe(checkInput(inputs.DescribeExecution, input)),
      ListExecutions: (input) => executions.list(checkInput(inputs.ListExecutions, input)),
      GetExecutionHistory: (input) => executions.history(checkInput(inputs.GetExecutionHistory, input)),
      StopExecution: (input) => executions.stop(checkInput(inputs.StopExecution, input)),
      SendTaskSuccess: (input) => {
        const { taskToken, output } = checkInput(inputs.SendTaskSuccess, input);
        tokens.succeed(taskToken, output);
        return {};
      },
      SendTaskFailure: (input) => {
        const { taskToken, error, cause } = checkInput(inputs.SendTaskFailure, input);
        tokens.fail(taskToken, error, cause);
        return {};
      },
      SendTaskHeartbeat: (input) => {
        tokens.beat(checkInput(inputs.SendTaskHeartbeat, input).taskToken, this.#clock.now());
        return {};
      },
    };
  }
}
