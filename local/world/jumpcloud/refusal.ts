import { HttpError } from "../../http.ts";

const names: Record<number, string> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "FAILED_PRECONDITION",
  429: "RESOURCE_EXHAUSTED",
};

/** An error answer in the documented shape `{ code, message, status }`, with `details` where the call has them. */
export function refusal(status: number, message: string, details?: object[]): HttpError {
  return new HttpError(status, {
    code: status,
    message,
    status: names[status] ?? "UNKNOWN",
    ...(details ? { details } : {}),
  });
}
