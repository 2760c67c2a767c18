import { request } from "node:http";
import { expect, test, vi } from "vitest";
import { VirtualClock } from "../../../local/clock.ts";
import { FrontDoor } from "../../../local/runtime/front-door/front-door.ts";
import { Functions } from "../../../local/runtime/functions/functions.ts";
import { readStack } from "../../../local/runtime/stack.ts";
import { Fixture, inProcess, monday, serve } from "./fixture.ts";

const api = { ProtocolType: "HTTP", Name: "api" };
const permission = {
  Action: "lambda:InvokeFunction",
  FunctionName: { Ref: "Receive" },
  Principal: "apigateway.amazonaws.com",
};

function fixture(
  routeKeys: string[],
  more: { permission?: object; integration?: object; stage?: object } = {},
) {
  const all = new Fixture()
    .lambda("Receive", "")
    .add("Api", "AWS::ApiGatewayV2::Api", api)
    .add("Stage", "AWS::ApiGatewayV2::Stage", {
      ApiId: { Ref: "Api" },
      StageName: "$default",
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 20 },
      ...more.stage,
    })
    .add("Integration", "AWS::ApiGatewayV2::Integration", {
      ApiId: { Ref: "Api" },
      IntegrationType: "AWS_PROXY",
      IntegrationUri: { "Fn::GetAtt": ["Receive", "Arn"] },
      PayloadFormatVersion: "2.0",
      ...more.integration,
    })
    .add("Permission", "AWS::Lambda::Permission", { ...permission, ...more.permission });
  for (const [index, RouteKey] of routeKeys.entries())
    all.add(`Route${index}`, "AWS::ApiGatewayV2::Route", {
      ApiId: { Ref: "Api" },
      RouteKey,
      Target: { "Fn::Join": ["/", ["integrations", { Ref: "Integration" }]] },
    });
  return all;
}

/** Serves routes whose function answers with what `handle` gives; the default is the event itself. */
async function served(
  routeKeys = ["POST /webhooks/jira", "GET /healthz"],
  handle: (event: never) => unknown = (event) => ({ statusCode: 200, body: JSON.stringify(event) }),
  more: Parameters<typeof fixture>[1] = {},
) {
  return serve(fixture(routeKeys, more), { functionHost: inProcess({ Receive: handle }) });
}

/** Sends a request with headers and path exactly as given. */
function send(
  url: string,
  path: string,
  options: { method?: string; headers?: Record<string, string | string[]>; body?: Buffer | string } = {},
): Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const { method = "POST", headers = {}, body = "" } = options;
    const call = request(url, { path, method, headers }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
    });
    call.on("error", reject);
    call.end(body);
  });
}

test("a request reaches the function in payload format 2.0", async () => {
  const { url } = await served();
  const answer = await send(url, "/webhooks/jira?a=1&a=2&b=%20&c", {
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "X-Hub-Signature": ["sha256=aa", "sha256=bb"],
      Cookie: "one=1; two=2",
      "User-Agent": "Jira",
      Host: "example.test",
    },
    body: '{"issue":"Ünicode"}',
  });
  expect(JSON.parse(answer.body)).toEqual({
    version: "2.0",
    routeKey: "POST /webhooks/jira",
    rawPath: "/webhooks/jira",
    rawQueryString: "a=1&a=2&b=%20&c",
    cookies: ["one=1", "two=2"],
    headers: {
      "content-length": "20",
      "content-type": "application/json; charset=utf-8",
      host: "example.test",
      "user-agent": "Jira",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
      "x-hub-signature": "sha256=aa,sha256=bb",
    },
    queryStringParameters: { a: "1,2", b: " ", c: "" },
    requestContext: {
      accountId: "000000000000",
      apiId: expect.stringMatching(/^[0-9a-f]{10}$/),
      domainName: expect.stringMatching(/^[0-9a-f]{10}\.execute-api\.local$/),
      domainPrefix: expect.any(String),
      http: {
        method: "POST",
        path: "/webhooks/jira",
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: "Jira",
      },
      requestId: answer.headers["apigw-requestid"],
      routeKey: "POST /webhooks/jira",
      stage: "$default",
      time: "02/Mar/2026:08:00:00 +0000",
      timeEpoch: monday,
    },
    body: '{"issue":"Ünicode"}',
    isBase64Encoded: false,
  });
});

test.each([
  ["application/json", false],
  ["text/plain", false],
  ["application/xml", false],
  ["application/x-www-form-urlencoded", true],
  ["application/octet-stream", true],
  [undefined, true],
])("a body of the type %s comes in base64: %s", async (type, isBase64Encoded) => {
  const { url } = await served();
  const answer = await send(url, "/webhooks/jira", {
    ...(type && { headers: { "content-type": type } }),
    body: "a=b",
  });
  expect(JSON.parse(answer.body)).toMatchObject({
    isBase64Encoded,
    body: isBase64Encoded ? Buffer.from("a=b").toString("base64") : "a=b",
  });
});

test("a request without a body has none in the event", async () => {
  const { url } = await served();
  const event = JSON.parse((await send(url, "/healthz", { method: "GET" })).body);
  expect(event).toMatchObject({ isBase64Encoded: false, rawQueryString: "" });
  expect(event).not.toHaveProperty("body");
  expect(event).not.toHaveProperty("queryStringParameters");
  expect(event).not.toHaveProperty("cookies");
});

test.each([
  ["GET", "/orders/7", "GET /orders/{id}", { id: "7" }],
  ["GET", "/orders/%C3%BC%20x", "GET /orders/{id}", { id: "ü x" }],
  ["GET", "/orders/a%2Fb", "ANY /{rest+}", { rest: "orders/a/b" }],
  ["GET", "/orders/new", "GET /orders/new", undefined],
  ["PUT", "/orders/new", "ANY /orders/{id}", { id: "new" }],
  ["GET", "/orders/7/lines/8", "ANY /{rest+}", { rest: "orders/7/lines/8" }],
  ["GET", "/%zz", "ANY /{rest+}", { rest: "%zz" }],
  ["POST", "/", "ANY /{rest+}", { rest: "" }],
])("%s %s goes to the route %s", async (method, path, routeKey, pathParameters) => {
  const { url } = await served(["ANY /{rest+}", "ANY /orders/{id}", "GET /orders/{id}", "GET /orders/new"]);
  const event = JSON.parse((await send(url, path, { method })).body);
  expect([event.routeKey, event.pathParameters]).toEqual([routeKey, pathParameters]);
});

test("the path of the event is decoded, its query is not", async () => {
  const { url } = await served(["$default"]);
  const event = JSON.parse((await send(url, "/a%20b/%40c?d=%20e")).body);
  expect([event.rawPath, event.requestContext.http.path, event.rawQueryString]).toEqual([
    "/a b/@c",
    "/a b/@c",
    "d=%20e",
  ]);
});

test("what has no route is not found, unless there is a default route", async () => {
  const { url } = await served();
  for (const [method, path] of [
    ["GET", "/webhooks/jira"],
    ["POST", "/webhooks/jira/"],
    ["POST", "//webhooks/jira"],
    ["POST", "/x/../webhooks/jira"],
    ["POST", "/"],
  ] as const) {
    const answer = await send(url, path, { method });
    expect([answer.status, answer.body]).toEqual([404, '{"message":"Not Found"}']);
  }
  const withDefault = await served(["$default", "GET /healthz"]);
  expect(JSON.parse((await send(withDefault.url, "/any/thing")).body).routeKey).toBe("$default");
});

test.each([
  [{ statusCode: 202 }, 202, "", "text/plain; charset=utf-8"],
  [
    { statusCode: "201", body: "made", headers: { "Content-Type": "text/html", "X-Count": 3 } },
    201,
    "made",
    "text/html",
  ],
  [
    { statusCode: 200, body: Buffer.from("binary").toString("base64"), isBase64Encoded: true },
    200,
    "binary",
    "text/plain; charset=utf-8",
  ],
  [{ any: "object" }, 200, '{"any":"object"}', "application/json"],
  ["bare text", 200, "bare text", "application/json"],
  [null, 200, "null", "application/json"],
  [
    { statusCode: 200, body: { not: "text" } },
    500,
    '{"message":"Internal Server Error"}',
    "application/json",
  ],
  [{ statusCode: "later" }, 500, '{"message":"Internal Server Error"}', "application/json"],
  [{ statusCode: 99 }, 500, '{"message":"Internal Server Error"}', "application/json"],
])("the answer %j becomes %i with the body %j", async (given, status, body, type) => {
  const { url } = await served(undefined, () => given);
  const answer = await send(url, "/webhooks/jira");
  expect([answer.status, answer.body, answer.headers["content-type"]]).toEqual([status, body, type]);
});

test("headers and cookies of the answer are sent, lengths are computed", async () => {
  const { url } = await served(undefined, () => ({
    statusCode: 200,
    headers: { "X-Own": "yes", "Content-Length": "9999" },
    cookies: ["a=1; HttpOnly", "b=2"],
    body: "ü",
  }));
  const { headers } = await send(url, "/webhooks/jira");
  expect(headers).toMatchObject({
    "x-own": "yes",
    "content-length": "2",
    "set-cookie": ["a=1; HttpOnly", "b=2"],
  });
});

test("an error of the function tells the client nothing", async () => {
  const { url } = await served(undefined, () => {
    throw new Error("secret detail");
  });
  const answer = await send(url, "/webhooks/jira");
  expect([answer.status, answer.body]).toEqual([500, '{"message":"Internal Server Error"}']);
});

test("ten megabytes are the limit", async () => {
  let called = 0;
  const { url } = await served(undefined, () => {
    called += 1;
    return { statusCode: 200 };
  });
  const answer = await send(url, "/webhooks/jira", { body: Buffer.alloc(10 * 1024 * 1024 + 1) });
  expect([answer.status, answer.body, called]).toEqual([413, '{"message":"Request Entity Too Large"}', 0]);
});

test("without the function's permission for API Gateway the request fails as on AWS", async () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  const elsewhere = { SourceArn: "arn:aws:execute-api:eu-west-1:000000000000:*/*/GET/*" };
  const { url } = await served(undefined, undefined, { permission: elsewhere });
  expect((await send(url, "/webhooks/jira")).status).toBe(500);
  expect((await send(url, "/healthz", { method: "GET" })).status).toBe(200);
  expect(printed.mock.calls.flat().join(" ")).toContain("AWS::Lambda::Permission");
  printed.mockRestore();
});

test("a function that outlasts the integration's time limit is answered for", async () => {
  const all = fixture(["$default"], { integration: { TimeoutInMillis: 5_000 } });
  const place = { region: "eu-west-1", account: "0", stackName: "T", awsUrl: "http://a", apiUrl: "http://b" };
  const stack = readStack(all.template(), place, all.assets());
  const stopwatch = new VirtualClock(0);
  const frontDoor = new FrontDoor({
    api: stack.httpApi ?? { apiId: "", routes: [] },
    clock: new VirtualClock(monday),
    stopwatch,
    functions: new Functions(stack.functions, {
      invoke: ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error()))),
      stop: async () => {},
    }),
    permissions: stack.invokePermissions,
    place,
  });
  const answer = frontDoor.answer({
    method: "GET",
    path: "/",
    query: new URLSearchParams(),
    rawQuery: "",
    headers: {},
    rawHeaders: [],
    body: Buffer.alloc(0),
  });
  await stopwatch.advance(5_000);
  expect(await answer).toMatchObject({ status: 503, body: { message: "Service Unavailable" } });
});

test.each([
  [() => fixture(["$default"], { integration: { PayloadFormatVersion: "1.0" } }), "only 2.0 is known"],
  [
    () => fixture(["$default"], { integration: { IntegrationType: "HTTP_PROXY" } }),
    "only AWS_PROXY is known",
  ],
  [() => fixture(["$default"], { stage: { StageName: "prod" } }), "only $default is known"],
  [() => fixture([]).add("Api2", "AWS::ApiGatewayV2::Api", api), "one HTTP API"],
  [
    () => fixture([]).add("Cors", "AWS::ApiGatewayV2::Api", { ...api, CorsConfiguration: {} }),
    "CorsConfiguration",
  ],
])("an API that would be served wrongly is refused (%#)", async (wrong, message) => {
  await expect(serve(wrong())).rejects.toThrow(message);
});
