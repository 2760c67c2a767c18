import { type HttpAnswer, HttpError, type HttpRequest, Router } from "../../http.ts";
import type { Store } from "../../store.ts";
import { cloudId } from "../company.ts";
import { type ApiRoute, type ApiRoutes, platformError, type Refusal, serviceDeskError } from "./api-call.ts";
import type { SignIn } from "./sign-in.ts";
import type { Site } from "./site.ts";

/** By which address Jira is called: the site's own, or Atlassian's gateway. */
export type Host = "site" | "gateway";

/** What the paths of the gateway begin with. */
export const gatewayPath = `/ex/jira/${cloudId}`;

/** Answers calls of Jira's API. */
export class JiraServer {
  readonly #site: Site;
  readonly #store: Store;
  readonly #signIn: SignIn;
  readonly #api = new Router<ApiRoute>();

  constructor(parts: { site: Site; store: Store; signIn: SignIn; routes: ApiRoutes }) {
    this.#site = parts.site;
    this.#store = parts.store;
    this.#signIn = parts.signIn;
    for (const [pattern, route] of Object.entries(parts.routes)) this.#api.add(pattern, route);
  }

  /** The path is without the gateway's own. */
  answer(request: HttpRequest, host: Host): HttpAnswer {
    const { query, path, headers } = request;
    const call = `${request.method} ${path}`;
    if (call === "GET /_edge/tenant_info") return { status: 200, body: { cloudId } };
    if (call === "POST /oauth/token") return this.#signIn.issueToken(request);

    const refuse: Refusal = path.startsWith("/rest/servicedeskapi/") ? serviceDeskError : platformError;
    const actor = this.#signIn.whoIs(headers.authorization);
    if (!actor) throw notLoggedIn(host, refuse);
    const found = this.#api.find(request);
    if (found === undefined || found === "method") throw noSuchCall(request, found === "method");
    if (request.body.length > 0 && !headers["content-type"]?.includes("json"))
      throw refuse(415, "The body has to be JSON, with the header 'Content-Type: application/json'.");
    const body = parsed(request.body, () => refuse(400, "The body can't be parsed as JSON."));
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

function parsed(body: Buffer, refusal: () => HttpError): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    throw refusal();
  }
}
