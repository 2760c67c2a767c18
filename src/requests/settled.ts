import {
  AlreadyApprovedError,
  AlreadyDeclinedError,
  AlreadyRefusedError,
  AlreadyStageApprovedError,
  AlreadyWithdrawnError,
  type BusyError,
  InconsistentError,
  type LatchkeyError,
} from "../errors.ts";
import type { AnyRequest } from "./request.ts";

/**
 * The error that tells a run, by its name, what was decided before the run came to wait for it.
 *
 * @param otherwise the error when nothing is decided yet
 */
export function settledOr(request: AnyRequest, otherwise?: BusyError): LatchkeyError {
  switch (request.status) {
    case "checked":
    case "ending":
      return new AlreadyStageApprovedError(request.requestId);
    case "approved":
      return new AlreadyApprovedError(request.requestId);
    case "declined":
      return new AlreadyDeclinedError(request.requestId);
    case "withdrawn":
      return new AlreadyWithdrawnError(request.requestId);
    case "refused":
      return new AlreadyRefusedError(request.requestId);
    default:
      return otherwise ?? new InconsistentError(`Request ${request.requestId} is ${request.status}.`);
  }
}
