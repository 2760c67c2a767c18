import * as v from "valibot";
import { strictObject, TemplateError } from "../template/parse.ts";
import type { StackReader } from "../template/stack-reader.ts";

/** The template's HTTP API with a route key (`POST /orders/{id}`, `ANY /x/{rest+}` or `$default`) per route. */
export type HttpApi = {
  apiId: string;
  routes: { routeKey: string; functionArn: string; timeoutMilliseconds: number }[];
};

const apiShape = strictObject({ Name: v.string(), ProtocolType: v.literal("HTTP") });
const integrationShape = strictObject({
  ApiId: v.string(),
  IntegrationType: v.literal("AWS_PROXY"),
  IntegrationUri: v.string(),
  PayloadFormatVersion: v.literal("2.0"),
  TimeoutInMillis: v.optional(v.number()),
});
const routeShape = strictObject({
  ApiId: v.string(),
  AuthorizationType: v.optional(v.literal("NONE")),
  RouteKey: v.string(),
  Target: v.string(),
});
const stageShape = strictObject({
  ApiId: v.string(),
  AutoDeploy: v.literal(true),
  StageName: v.literal("$default"),
});

/**
 * Reads the HTTP API; undefined when there is none. Only the default stage, Lambda proxy integrations in format 2.0 and
 * open routes are served. Throttling and access logs of the stage have no effect locally.
 */
export function readHttpApi(reader: StackReader): HttpApi | undefined {
  const apis = reader.all("AWS::ApiGatewayV2::Api", apiShape, ["Description", "IpAddressType", "Tags"]);
  const [api] = apis;
  if (!api) return undefined;
  if (apis.length > 1)
    throw new TemplateError("the local runtime serves one HTTP API, the template has more");
  const ignored = ["AccessLogSettings", "DefaultRouteSettings", "Description", "RouteSettings", "Tags"];
  if (reader.all("AWS::ApiGatewayV2::Stage", stageShape, ignored).length !== 1)
    throw new TemplateError(`${api.resource.logicalId}: it needs one stage, $default`);

  const integrations = reader.all("AWS::ApiGatewayV2::Integration", integrationShape, [
    "ConnectionType",
    "Description",
    "IntegrationMethod",
  ]);
  const routes = reader
    .all("AWS::ApiGatewayV2::Route", routeShape, ["OperationName"])
    .map(({ resource, properties }) => {
      const integration = integrations.find(
        (candidate) =>
          properties.Target === `integrations/${reader.template.reference(candidate.resource.logicalId)}`,
      );
      if (!integration)
        throw new TemplateError(
          `${resource.logicalId}: the template has no integration ${properties.Target}`,
        );
      return {
        routeKey: properties.RouteKey,
        functionArn: targetOf(integration.properties.IntegrationUri),
        timeoutMilliseconds: integration.properties.TimeoutInMillis ?? 30_000,
      };
    });
  return { apiId: reader.template.reference(api.resource.logicalId), routes };
}

/** The URI is a function's ARN, or that ARN inside the path of Lambda's Invoke call. */
function targetOf(uri: string): string {
  return /\/functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1] ?? uri;
}
