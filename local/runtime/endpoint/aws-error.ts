/**
 * An error that a service answers with. `name` is its code as SDK clients see it; `fields` are further members of
 * the answer.
 */
export class AwsError extends Error {
  override readonly name: string;
  readonly fields: Record<string, unknown>;

  constructor(name: string, message: string, fields: Record<string, unknown> = {}) {
    super(message);
    this.name = name;
    this.fields = fields;
  }
}
