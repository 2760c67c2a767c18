import type { LocalClock } from "../../local/clock.ts";
import { AwsError } from "../../local/runtime/endpoint/aws-error.ts";
import type { Host } from "../../local/runtime/states/host.ts";
import { StatesService } from "../../local/runtime/states/service.ts";
import { Store } from "../../local/store.ts";
import { graphs } from "../support/graphs.ts";

const region = "eu-west-1";
const account = "111111111111";
const machineArn = `arn:aws:states:${region}:${account}:stateMachine:access-request`;
const roleArn = `arn:aws:iam::${account}:role/machine`;
const graph = graphs.find(({ name }) => name === "access-request");
const definition = graph?.definition.replace(/\$\{([A-Za-z]+)Arn\}/g, (_, name: string) => {
  const verb = name.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return `arn:aws:lambda:${region}:${account}:function:${verb}`;
});

type Surroundings = { clock: LocalClock; invoke: (name: string, payload: unknown) => Promise<unknown> };

/**
 * Step Functions with the machine for access, as it is deployed. Reading the definition takes longer than a run: one engine serves
 * many races, one after the other.
 */
export class Engine {
  #now: Surroundings | undefined;
  readonly #store = new Store();
  readonly #states: StatesService;

  constructor() {
    const host: Pick<Host, "invokeFunction"> = {
      invokeFunction: ({ functionArn, payload }) =>
        this.#surroundings().invoke(functionArn.split(":").at(-1) ?? "", payload),
    };
    const clock: LocalClock = {
      now: () => this.#now?.clock.now() ?? 0,
      at: (time, task) => this.#surroundings().clock.at(time, task),
      sleep: (milliseconds, signal) => this.#surroundings().clock.sleep(milliseconds, signal),
      busy: () => this.#surroundings().clock.busy(),
      timeSource: () => this.#surroundings().clock.timeSource(),
    };
    const call = () => Promise.reject(new Error("the machine calls nothing but functions"));
    this.#states = new StatesService({
      clock,
      store: this.#store,
      host: { ...host, call },
      region,
      account,
    });
    this.#states.define({ arn: machineArn, name: "access-request", definition: definition ?? "", roleArn });
  }

  /** From now on it serves another race: what is left of the one before stands still for ever. */
  serve(surroundings: Surroundings): void {
    this.#now = surroundings;
  }

  /** False when it has ended already. */
  start(name: string, requestId: string): Promise<boolean> {
    const input = JSON.stringify({ requestId });
    return this.#accepts("StartExecution", { stateMachineArn: machineArn, name, input });
  }

  /** False when nobody waits for the answer. */
  succeed(taskToken: string, output: object): Promise<boolean> {
    return this.#accepts("SendTaskSuccess", { taskToken, output: JSON.stringify(output) });
  }

  async stop(name: string): Promise<void> {
    await this.#states.handle("StopExecution", { executionArn: arnOf(name) });
  }

  async statusOf(name: string): Promise<string> {
    const described = await this.#states.handle("DescribeExecution", { executionArn: arnOf(name) });
    return "status" in described ? String(described.status) : "";
  }

  close(): void {
    this.#states.stop();
    this.#store.close();
  }

  #surroundings(): Surroundings {
    if (!this.#now) throw new Error("it serves nobody yet");
    return this.#now;
  }

  async #accepts(operation: string, input: object): Promise<boolean> {
    try {
      await this.#states.handle(operation, input);
      return true;
    } catch (error) {
      const expected = ["ExecutionAlreadyExists", "TaskTimedOut", "TaskDoesNotExist", "InvalidToken"];
      if (error instanceof AwsError && expected.includes(error.name)) return false;
      throw error;
    }
  }
}

function arnOf(name: string): string {
  return `${machineArn.replace(":stateMachine:", ":execution:")}:${name}`;
}
