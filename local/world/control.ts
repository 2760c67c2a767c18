import * as v from "valibot";
import { HttpError, type Router } from "../http.ts";
import type { CallLog, Faults } from "./faults.ts";
import { jsonBody } from "./json-body.ts";
import { notNegative, positive, record, strictObject, wholeNumber } from "./json-schemas.ts";

const faultBody = strictObject({
  method: v.exactOptional(v.string()),
  path: v.exactOptional(v.string()),
  times: v.exactOptional(positive),
  delayMs: v.exactOptional(notNegative),
  drop: v.exactOptional(v.picklist(["before", "after"])),
  status: v.exactOptional(v.pipe(wholeNumber, v.minValue(100), v.maxValue(599))),
  headers: v.exactOptional(record(v.string())),
  body: v.exactOptional(v.union([v.string(), record(v.unknown()), v.array(v.unknown())])),
});

/**
 * Lets people and other processes set faults and read the call log of a simulated system, under `/_simulated`.
 * A fault's `path` is the text of a regular expression.
 */
export function addControls(router: Router, { faults, calls }: { faults: Faults; calls: CallLog }): Router {
  const list = () => faults.list().map((fault) => ({ ...fault, path: fault.path?.source }));
  return router
    .add("GET /_simulated/faults", () => ({ status: 200, body: list() }))
    .add("POST /_simulated/faults", (request) => {
      const { path, ...fault } = jsonBody(faultBody, request);
      faults.add(path === undefined ? fault : { ...fault, path: pattern(path) });
      return { status: 201, body: list() };
    })
    .add("DELETE /_simulated/faults", () => {
      faults.clear();
      return { status: 204 };
    })
    .add("GET /_simulated/calls", () => ({ status: 200, body: calls.all() }))
    .add("DELETE /_simulated/calls", () => {
      calls.clear();
      return { status: 204 };
    });
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new HttpError(400, { message: `path: ${error instanceof Error ? error.message : String(error)}` });
  }
}
