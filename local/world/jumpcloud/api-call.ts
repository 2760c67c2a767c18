import type * as v from "valibot";
import type { HttpAnswer, HttpRequest } from "../../http.ts";
import { jsonBody } from "../json-body.ts";
import type { Caller } from "./authentication.ts";
import { refusal } from "./refusal.ts";

/** A call of somebody who may make it. `id` and `key` are the parts of the path with these names. */
export type ApiCall = { request: HttpRequest; caller: Caller; id: string; key: string };

/** Answers by method and path, `GET /api/v2/usergroups/{id}`. An endpoint checks everything before it writes anything. */
export type Endpoints = Record<string, (call: ApiCall) => HttpAnswer>;

/** The JSON body; 400 in JumpCloud's words when it does not fit. */
export function bodyOf<Schema extends v.GenericSchema>(
  schema: Schema,
  { request }: ApiCall,
): v.InferOutput<Schema> {
  return jsonBody(schema, request, (message) => refusal(400, message));
}

export function ok(body: object): HttpAnswer {
  return { status: 200, body };
}
