/**
 * One AWS service. Input and answer are the JSON of its wire protocol. Throws `AwsError` for what it refuses.
 * `caller` is the name of the role that calls, or "operator".
 */
export type Service = { handle(operation: string, input: unknown, caller: string): Promise<object> };
