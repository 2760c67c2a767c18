import type * as v from "valibot";
import { type HttpAnswer, HttpError } from "../../http.ts";
import { fitting } from "../json-body.ts";
import type { Account } from "./accounts.ts";
import { InvalidFields } from "./field-values.ts";
import type { Site } from "./site.ts";
import type { View } from "./view.ts";

/** A call by somebody who is logged in. */
export type ApiCall = {
  site: Site;
  actor: Account;
  /** The decoded parts of the path that the route's pattern names. */
  parts: Record<string, string>;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  /** The parsed JSON; undefined without a body. */
  body: unknown;
  /** The address that was called: the site's or the gateway's, without the path of the API. */
  base: string;
  /** The path of the API, as called. */
  path: string;
};

export type ApiRoute = (call: ApiCall) => HttpAnswer;

/** Routes by method and path pattern, such as `GET /rest/api/3/issue/{issueIdOrKey}`. */
export type ApiRoutes = Record<string, ApiRoute>;

/** The part of the path that a pattern names. */
export function part(call: ApiCall, name: string): string {
  return call.parts[name] ?? "";
}

/** How the platform shows things to the caller. */
export function viewOf(call: ApiCall): View {
  return { site: call.site, base: call.base, version: 3, viewer: call.actor };
}

/** Values of a parameter that may be repeated and may hold commas. */
export function listed(call: ApiCall, name: string): string[] {
  return call.query.getAll(name).flatMap((value) => value.split(",").filter((one) => one !== ""));
}

export function flag(call: ApiCall, name: string, otherwise: boolean): boolean {
  const value = call.query.get(name);
  return value === null ? otherwise : value === "true";
}

function count(call: ApiCall, name: string, otherwise: number): number {
  const value = Number(call.query.get(name) ?? otherwise);
  return Number.isInteger(value) && value >= 0 ? value : otherwise;
}

/** The platform's error body. */
export function platformError(
  status: number,
  messages: string | string[],
  errors: Record<string, string> = {},
): HttpError {
  return new HttpError(status, { errorMessages: [messages].flat(), errors });
}

/** The service desk API's error body. */
export function serviceDeskError(status: number, message: string, i18nKey = "sd.rest.error"): HttpError {
  return new HttpError(status, {
    errorMessage: message,
    i18nErrorMessage: { i18nKey, parameters: [] },
  });
}

/** Either API's way to refuse a call. */
export type Refusal = (status: number, message: string) => HttpError;

/** The call's body, if it has the shape; otherwise a 400 in the API's own form. */
export function bodyOf<Schema extends v.GenericSchema>(
  call: ApiCall,
  schema: Schema,
  refusal: Refusal,
): v.InferOutput<Schema> {
  return fitting(schema, call.body, (message) => refusal(400, `Invalid request payload. ${message}`));
}

/** Runs something that reads fields; what is wrong with them becomes the platform's 400. */
export function withFieldErrors<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidFields) throw platformError(400, [], error.errors);
    throw error;
  }
}

/** A page as the platform cuts it, by `startAt` and `maxResults`. */
export function pageBean<Item>(call: ApiCall, items: Item[], usual = 50, most = 100) {
  const startAt = count(call, "startAt", 0);
  const maxResults = Math.min(count(call, "maxResults", usual), most);
  const values = items.slice(startAt, startAt + maxResults);
  const end = startAt + values.length;
  const address = (from: number) => {
    const query = new URLSearchParams(call.query);
    query.set("startAt", String(from));
    query.set("maxResults", String(maxResults));
    return `${call.base}${call.path}?${query.toString()}`;
  };
  const isLast = end >= items.length || values.length === 0;
  return {
    self: address(startAt),
    ...(isLast ? {} : { nextPage: address(end) }),
    maxResults,
    startAt,
    total: items.length,
    isLast,
    values,
  };
}

/** A page as the service desk API cuts it, by `start` and `limit`. */
export function serviceDeskPage<Item>(call: ApiCall, items: Item[]) {
  const start = count(call, "start", 0);
  const limit = Math.min(count(call, "limit", 50), 100);
  const values = items.slice(start, start + limit);
  const isLastPage = start + values.length >= items.length || values.length === 0;
  const address = (from: number) => {
    const query = new URLSearchParams(call.query);
    query.set("start", String(from));
    query.set("limit", String(limit));
    return `${call.base}${call.path}?${query.toString()}`;
  };
  return {
    _expands: [],
    size: values.length,
    start,
    limit,
    isLastPage,
    _links: {
      self: address(start),
      base: `${call.base}/rest/servicedeskapi`,
      context: "",
      ...(isLastPage ? {} : { next: address(start + values.length) }),
      ...(start > 0 ? { prev: address(Math.max(0, start - limit)) } : {}),
    },
    values,
  };
}
