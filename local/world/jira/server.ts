import { ConnectionLost, type HttpAnswer, HttpError, type HttpRequest, Router } from "../../http.ts";
import type { Store } from "../../store.ts";
import { cloudId } from "../company.ts";
import type { Account } from "./accounts.ts";
import { type ApiRoute, type ApiRoutes, platformError, type Refusal, serviceDeskError } from "./api-call.ts";
import type { SimulatedRoute } from "./api-simulated.ts";
import type { CallLog, LoggedCall } from "./call-log.ts";
import type { Faults } from "./faults.ts";
import type { SignIn } from "./sign-in.ts";
import type { Site } from "./site.ts";

const gatewayPath = `/ex/jira/${cloudId}`;

type Host = LoggedCall["host"];

/** Answers HTTP calls to the site and to Atlassian's gateway, with faults and a log around the real answer. */
export class JiraServer {
  readonly #site: Site;
  readonly #store: Store;
  readonly #signIn: SignIn;
  readonly #faults: Faults;
  readonly #calls: CallLog;
  readonly #api = new Router<ApiRoute>();
  readonly #simulated = new Router<SimulatedRoute>();

  constructor(parts: {
    site: Site;
    store: Store;
    signIn: SignIn;
    faults: Faults;
    calls: CallLog;
    routes: ApiRoutes;
    simulatedRoutes: Record<string, SimulatedRoute>;
  }) {
    this.#site = parts.site;
    this.#store = parts.store;
    this.#signIn = parts.signIn;
    this.#faults = parts.faults;
    this.#calls = parts.calls;
    for (const [pattern, route] of Object.entries(parts.routes)) this.#api.add(pattern, route);
    for (const [pattern, route] of Object.entries(parts.simulatedRoutes)) this.#simulated.add(pattern, route);
  }

  async handle(received: HttpRequest): Promise<HttpAnswer> {
    const host: Host = received.path.startsWith(`${gatewayPath}/`) ? "gateway" : "site";
    const path = host === "gateway" ? received.path.slice(gatewayPath.length) : received.path;
    const request = { ...received, path };
    if (host === "site" && path.startsWith("/_simulated/")) return this.#simulate(request);

    const actor = this.#signIn.whoIs(request.headers.authorization);
    const log: LoggedCall = {
      at: this.#site.clock.now(),
      host,
      method: request.method,
      path,
      query: queryOf(request),
      actor: actor?.accountId ?? null,
      ...contentOf("request", request.body.toString()),
      status: 0,
    };
    this.#calls.add(log);
    const keep = (answer: HttpAnswer) =>
      Object.assign(log, { status: answer.status }, contentOf("answer", answer.body));
    try {
      const answer = await this.#faults.around(request, () => {
        const real = answerInsteadOfThrowing(() => this.#answer(request, host, actor));
        keep(real);
        return real;
      });
      keep(answer);
      return answer;
    } catch (error) {
      if (error instanceof ConnectionLost) log.lost = true;
      throw error;
    }
  }

  #simulate(request: HttpRequest): HttpAnswer {
    const found = this.#simulated.find(request);
    if (!found || found === "method")
      throw new HttpError(404, {
        error: `The simulated Jira has no call ${request.method} ${request.path}.`,
      });
    const body = parsed(request.body, () => new HttpError(400, { error: "The body is not JSON." }));
    return this.#store.together(() => found.route(body, found.parts));
  }

  #answer(request: HttpRequest, host: Host, actor: Account | undefined): HttpAnswer {
    const call = `${request.method} ${request.path}`;
    if (call === "GET /_edge/tenant_info") return { status: 200, body: { cloudId } };
    if (call === "POST /oauth/token") return this.#signIn.issueToken(request);

    const refuse: Refusal = request.path.startsWith("/rest/servicedeskapi/")
      ? serviceDeskError
      : platformError;
    if (!actor) throw notLoggedIn(host, refuse);
    const found = this.#api.find(request);
    if (found === undefined || found === "method") throw noSuchCall(request, found === "method");
    if (request.body.length > 0 && !request.headers["content-type"]?.includes("json"))
      throw refuse(415, "The body has to be JSON, with the header 'Content-Type: application/json'.");
    const body = parsed(request.body, () => refuse(400, "The body can't be parsed as JSON."));
    const { query, path, headers } = request;
    const base = host === "gateway" ? this.#site.url + gatewayPath : this.#site.url;
    const { status, ...answer } = this.#store.together(() =>
      found.route({ site: this.#site, actor, parts: found.parts, query, headers, body, base, path }),
    );
    const who = encodeURIComponent(actor.accountId);
    return { status, ...answer, headers: { ...answer.headers, "x-aaccountid": who } };
  }
}

/** Nobody, or a wrong secret. The gateway has its own way to say it. */
function notLoggedIn(host: Host, refuse: Refusal): HttpError {
  if (host === "gateway") return new HttpError(401, { code: 401, message: "Unauthorized" });
  return refuse(401, "Client must be authenticated to access this resource.");
}

function noSuchCall(request: HttpRequest, pathKnown: boolean): HttpError {
  const status = pathKnown ? 405 : 404;
  const body = {
    type: "about:blank",
    title: pathKnown ? "Method Not Allowed" : "Not Found",
    status,
    detail: `The simulated Jira has no call ${request.method} ${request.path}.`,
  };
  return new HttpError(status, body, { "content-type": "application/problem+json" });
}

function answerInsteadOfThrowing(answer: () => HttpAnswer): HttpAnswer {
  try {
    return answer();
  } catch (error) {
    if (error instanceof HttpError) return error.answer;
    throw error;
  }
}

function parsed(body: Buffer, refusal: () => HttpError): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    throw refusal();
  }
}

function queryOf({ query }: HttpRequest): Record<string, string> {
  return Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name).join(",")]));
}

/** A body under a name, for the log; nothing when it is empty. */
function contentOf(name: "request" | "answer", body: HttpAnswer["body"]): object {
  if (body === undefined || body === "") return {};
  if (typeof body !== "string") return { [name]: body };
  try {
    const content: unknown = JSON.parse(body);
    return { [name]: content };
  } catch {
    return { [name]: body };
  }
}
