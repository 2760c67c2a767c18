import { expect, test } from "vitest";
import { all, functionOf, only, output } from "../support/deployed-stack.ts";

const stage = only("AWS::ApiGatewayV2::Stage").properties;

test("there are three ways in and no other, all to the function that proves who calls", () => {
  const routes = all("AWS::ApiGatewayV2::Route").map(({ properties }) => properties.RouteKey);
  expect(routes.sort()).toEqual(["GET /healthz", "POST /webhooks/automation", "POST /webhooks/jira"]);
  expect(functionOf(only("AWS::ApiGatewayV2::Integration").properties.IntegrationUri)).toBe(
    "receive-webhook",
  );
});

test("a browser on another site is given no leave to call", () => {
  expect(only("AWS::ApiGatewayV2::Api").properties).not.toHaveProperty("CorsConfiguration");
});

test("a flood is turned away before it costs anything", () => {
  expect(stage.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 20, ThrottlingBurstLimit: 50 });
  expect(stage).not.toHaveProperty("RouteSettings");
});

test("calls are logged without who called and what they sent", () => {
  expect(JSON.parse(stage.AccessLogSettings.Format)).toEqual({
    time: "$context.requestTimeEpoch",
    requestId: "$context.requestId",
    route: "$context.routeKey",
    status: "$context.status",
    bytes: "$context.responseLength",
    milliseconds: "$context.responseLatency",
  });
});

test("whoever deploys is told the addresses to put into Jira", () => {
  expect(output("WebhookUrl")).toMatch(/^https:\/\/[^/]+\/webhooks\/jira$/);
  expect(output("AutomationUrl")).toMatch(/^https:\/\/[^/]+\/webhooks\/automation$/);
});
