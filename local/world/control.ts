import * as z from "zod/mini";
import { HttpError, type Router } from "../http.ts";
import type { CallLog, Faults } from "./faults.ts";
import { jsonBody } from "./json-body.ts";

const faultBody = z.strictObject({
  method: z.exactOptional(z.string()),
  path: z.exactOptional(z.string()),
  times: z.exactOptional(z.int().check(z.positive())),
  delayMs: z.exactOptional(z.int().check(z.nonnegative())),
  drop: z.exactOptional(z.enum(["before", "after"])),
  status: z.exactOptional(z.int().check(z.gte(100), z.lte(599))),
  headers: z.exactOptional(z.record(z.string(), z.string())),
  body: z.exactOptional(z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())])),
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
