import type { HttpRequest } from "../../http.ts";

/** What of the event does not come from the request. */
type EventPlace = {
  accountId: string;
  apiId: string;
  routeKey: string;
  /** Decoded. */
  path: string;
  pathParameters: Record<string, string>;
  requestId: string;
  /** Milliseconds since 1970. */
  now: number;
};

/**
 * A request as API Gateway gives it to a function, payload format 2.0. Despite its name `rawPath` is decoded, the raw
 * query is not.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function proxyEvent(request: HttpRequest, place: EventPlace): object {
  const { cookie, ...headers } = headersOf(request);
  const query: Record<string, string> = {};
  for (const [name, value] of request.query)
    query[name] = Object.hasOwn(query, name) ? `${query[name]},${value}` : value;
  const isText = textTypes.test(headers["content-type"] ?? "");
  const domainName = `${place.apiId}.execute-api.local`;
  return {
    version: "2.0",
    routeKey: place.routeKey,
    rawPath: place.path,
    rawQueryString: request.rawQuery,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; */) }),
    headers,
    ...(Object.keys(query).length > 0 ? { queryStringParameters: query } : {}),
    requestContext: {
      accountId: place.accountId,
      apiId: place.apiId,
      domainName,
      domainPrefix: place.apiId,
      http: {
        method: request.method,
        path: place.path,
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: place.requestId,
      routeKey: place.routeKey,
      stage: "$default",
      time: commonLogTime(place.now),
      timeEpoch: place.now,
    },
    ...(Object.keys(place.pathParameters).length > 0 ? { pathParameters: place.pathParameters } : {}),
    ...(request.body.length > 0 ? { body: request.body.toString(isText ? "utf8" : "base64") } : {}),
    isBase64Encoded: request.body.length > 0 && !isText,
  };
}

/** Bodies of other types, and those without a type, are given in base64. */
const textTypes = /^\s*(text\/|application\/(json|javascript|xml|vnd\.api\+json)|image\/svg\+xml)/i;

/** In lower case, repeated ones joined by commas, and what a load balancer in front adds. */
function headersOf(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [sent, value] of request.rawHeaders) {
    const name = sent.toLowerCase();
    if (name === "connection" || name === "transfer-encoding") continue;
    const separator = name === "cookie" ? "; " : ",";
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}${separator}${value}` : value;
  }
  const forwarded = headers["x-forwarded-for"];
  return {
    ...headers,
    "content-length": String(request.body.length),
    "x-forwarded-for": forwarded === undefined ? "127.0.0.1" : `${forwarded}, 127.0.0.1`,
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  };
}

/** Such as `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(now: number): string {
  const [, day, month, year, time] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(now).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
