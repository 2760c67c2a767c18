import type * as v from "valibot";
import { type Handler, HttpError, type Router } from "../http.ts";
import type { Store } from "../store.ts";
import type { CallLog } from "./call-log.ts";
import { type FaultList, type Faults, faultSchema } from "./faults.ts";
import { jsonBody } from "./json-body.ts";

/** Below it people, tests and other processes do, without a login, what the real systems do not offer. */
const prefix = "/_simulated/";

/** Answers calls below `/_simulated/` by the controls, each with all its changes or none, and others by `handle`. */
export function withControls(controls: Router, store: Store, handle: Handler): Handler {
  return (request) => {
    if (!request.path.startsWith(prefix)) return handle(request);
    const found = controls.find(request);
    if (!found || found === "method")
      throw new HttpError(404, { message: `there is no control ${request.method} ${request.path}` });
    return store.together(() => found.route(request, found.parts));
  };
}

/** The controls that every simulated system has: its faults and its call log. */
export function addControls(router: Router, { faults, calls }: { faults: Faults; calls: CallLog }): Router {
  return addFaultControls(router, "faults", faultSchema, faults)
    .add(`GET ${prefix}calls`, () => ({ status: 200, body: calls.all() }))
    .add(`DELETE ${prefix}calls`, () => {
      calls.clear();
      return { status: 204 };
    });
}

/** Lists, adds and clears faults of one kind. A pattern is the text of a regular expression. */
export function addFaultControls<Schema extends v.GenericSchema<unknown, { times?: number }>>(
  router: Router,
  name: string,
  schema: Schema,
  faults: FaultList<v.InferOutput<Schema>>,
): Router {
  const list = () => faults.list().map(withPatternsAsText);
  return router
    .add(`GET ${prefix}${name}`, () => ({ status: 200, body: list() }))
    .add(`POST ${prefix}${name}`, (request) => {
      faults.add(jsonBody(schema, request));
      return { status: 201, body: list() };
    })
    .add(`DELETE ${prefix}${name}`, () => {
      faults.clear();
      return { status: 204 };
    });
}

function withPatternsAsText(fault: object): object {
  const entries: [string, unknown][] = Object.entries(fault);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value instanceof RegExp ? value.source : value]),
  );
}
