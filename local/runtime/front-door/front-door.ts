import { randomUUID } from "node:crypto";
import { type LocalClock, RunningClock } from "../../clock.ts";
import type { HttpAnswer, HttpRequest } from "../../http.ts";
import type { InvokePermission } from "../functions/function-definition.ts";
import type { Functions } from "../functions/functions.ts";
import { matches } from "../permissions/policy-matching.ts";
import type { HttpApi } from "./http-api-definition.ts";
import { proxyAnswer } from "./proxy-answer.ts";
import { proxyEvent } from "./proxy-event.ts";
import { Routes } from "./routes.ts";

const maximumBytes = 10 * 1024 * 1024;

/**
 * The template's HTTP API. Throttling of the stage, CORS and access logs are not served.
 * An integration's time limit counts real time even when the clock is scaled, as that of functions does.
 */
export class FrontDoor {
  readonly #api: HttpApi;
  readonly #routes: Routes;
  readonly #clock: LocalClock;
  readonly #stopwatch: LocalClock;
  readonly #functions: Functions;
  readonly #permissions: InvokePermission[];
  readonly #place: { region: string; account: string };

  constructor(options: {
    api: HttpApi;
    clock: LocalClock;
    stopwatch?: LocalClock | undefined;
    functions: Functions;
    permissions: InvokePermission[];
    place: { region: string; account: string };
  }) {
    this.#api = options.api;
    this.#routes = new Routes(options.api.routes);
    this.#clock = options.clock;
    this.#stopwatch = options.stopwatch ?? new RunningClock();
    this.#functions = options.functions;
    this.#permissions = options.permissions;
    this.#place = options.place;
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const requestId = randomUUID();
    const answer = await this.#answer(request, requestId);
    return { ...answer, headers: { ...answer.headers, "apigw-requestid": requestId } };
  }

  async #answer(request: HttpRequest, requestId: string): Promise<HttpAnswer> {
    if (request.body.length > maximumBytes) return message(413, "Request Entity Too Large");
    const path = decoded(request.path);
    const found = this.#routes.find(request.method, path);
    if (!found) return message(404, "Not Found");
    const { route, pathParameters } = found;
    if (!this.#mayInvoke(route.functionArn, request.method, path)) {
      console.error(
        `The template does not let API Gateway call ${route.functionArn} (AWS::Lambda::Permission).`,
      );
      return message(500, "Internal Server Error");
    }
    const event = proxyEvent(request, {
      accountId: this.#place.account,
      apiId: this.#api.apiId,
      routeKey: route.routeKey,
      path,
      pathParameters,
      requestId,
      now: this.#clock.now(),
    });
    const late = new AbortController();
    const limit = this.#stopwatch.at(this.#stopwatch.now() + route.timeoutMilliseconds, () => late.abort());
    try {
      const definition = this.#functions.find(route.functionArn);
      const answer = await this.#functions.invoke(definition, event, late.signal);
      return proxyAnswer(answer) ?? message(500, "Internal Server Error");
    } catch {
      return late.signal.aborted
        ? message(503, "Service Unavailable")
        : message(500, "Internal Server Error");
    } finally {
      limit.cancel();
    }
  }

  #mayInvoke(functionArn: string, method: string, path: string): boolean {
    const { region, account } = this.#place;
    const source = `arn:aws:execute-api:${region}:${account}:${this.#api.apiId}/$default/${method}${path}`;
    return this.#permissions.some(
      (permission) =>
        permission.functionArn === functionArn &&
        permission.principal === "apigateway.amazonaws.com" &&
        (permission.sourceArn === undefined || matches(permission.sourceArn, source)),
    );
  }
}

/** API Gateway decodes the path before it looks for a route, so that %2F is a slash like any other. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function message(status: number, text: string): HttpAnswer {
  return { status, body: { message: text } };
}
