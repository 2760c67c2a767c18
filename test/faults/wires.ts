/** One of AWS's errors, as its JSON protocol says it. */
export function refusal(type: string): { status: number; body: object } {
  return { status: 400, body: { __type: `com.amazonaws#${type}`, message: type } };
}

/** Whether the request is a call of that operation of AWS. */
export function isCall(text: string, operation: string): boolean {
  return new RegExp(`^x-amz-target: .*\\.${operation}\r`, "im").test(text);
}

/** Whether the call writes a request down that is in the status. */
export function isSave(text: string, status: string): boolean {
  return (
    isCall(text, "PutItem") && text.includes(`"status":{"S":"${status}"}`) && text.includes('"requestTypeId"')
  );
}

/** Whether the call changes a membership. */
export function isMembershipWrite(text: string): boolean {
  return /^POST [^ ]*\/members /.test(text);
}

/** Whether the call moves a ticket. */
export function isMove(text: string): boolean {
  return /^POST [^ ]*\/transitions /.test(text);
}
