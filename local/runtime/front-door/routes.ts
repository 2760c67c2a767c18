import type { HttpApi } from "./http-api-definition.ts";

type Route = HttpApi["routes"][number];
type Candidate = { route: Route; method: string; segments: string[] };

/**
 * Finds the route of a request as API Gateway's HTTP APIs do: fixed text goes before path variables, these before greedy
 * ones (`{rest+}`), these before `$default`; a method goes before ANY.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export class Routes {
  readonly #candidates: Candidate[];
  readonly #default: Route | undefined;

  constructor(routes: Route[]) {
    this.#default = routes.find(({ routeKey }) => routeKey === "$default");
    this.#candidates = routes
      .filter(({ routeKey }) => routeKey !== "$default")
      .map((route) => {
        const [method = "", path = ""] = route.routeKey.split(" ");
        return { route, method, segments: path.split("/") };
      })
      .sort((a, b) => weight(a) - weight(b));
  }

  /** @param path decoded */
  find(method: string, path: string): { route: Route; pathParameters: Record<string, string> } | undefined {
    const asked = path.split("/");
    for (const candidate of this.#candidates) {
      const pathParameters = match(candidate.segments, asked);
      if (pathParameters && (candidate.method === method || candidate.method === "ANY"))
        return { route: candidate.route, pathParameters };
    }
    return this.#default && { route: this.#default, pathParameters: {} };
  }
}

/** The more specific, the smaller. */
function weight({ method, segments }: Candidate): number {
  const isGreedy = segments.some((segment) => segment.endsWith("+}"));
  const variables = segments.filter((segment) => segment.startsWith("{")).length;
  return (isGreedy ? 10_000 : 0) + variables * 10 + (method === "ANY" ? 1 : 0);
}

function match(segments: string[], asked: string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = asked[index];
    if (value === undefined) return undefined;
    if (segment.endsWith("+}")) {
      parameters[segment.slice(1, -2)] = asked.slice(index).join("/");
      return parameters;
    }
    if (segment.startsWith("{")) parameters[segment.slice(1, -1)] = value;
    else if (segment !== value) return undefined;
  }
  return segments.length === asked.length ? parameters : undefined;
}
