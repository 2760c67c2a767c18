/** An error answer of the Step Functions API. `name` is the code on the wire, such as `ExecutionAlreadyExists`. */
export class StatesError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
