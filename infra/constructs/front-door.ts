import { RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

/** The HTTP API that Jira calls. The function proves who calls; a flood is turned away before it. */
export class FrontDoor extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  /** One line of JSON for each call. */
  readonly calls: LogGroup;

  constructor(scope: Construct, id: string, props: { receive: IFunction; logRetention: RetentionDays }) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    this.api = new HttpApi(this, "Api", {
      apiName: stackName,
      description: "Webhooks of Jira",
      createDefaultStage: false,
    });
    const integration = new HttpLambdaIntegration("Receive", props.receive);
    const routes = [
      ...this.api.addRoutes({ path: "/webhooks/jira", methods: [HttpMethod.POST], integration }),
      ...this.api.addRoutes({ path: "/webhooks/automation", methods: [HttpMethod.POST], integration }),
      ...this.api.addRoutes({ path: "/healthz", methods: [HttpMethod.GET], integration }),
    ];
    for (const route of routes)
      Validations.of(route).acknowledge({
        id: "AwsSolutions::AwsSolutions-APIG4",
        reason:
          "An authorizer does not see the body, and the body's signature is the proof: the function checks it, or the automation rule's token. The health check says nothing but that it answers.",
      });
    this.calls = new LogGroup(this, "AccessLog", {
      logGroupName: `/aws/apigateway/${stackName}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.stage = new HttpStage(this, "Stage", {
      httpApi: this.api,
      autoDeploy: true,
      throttle: { rateLimit: 20, burstLimit: 50 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.calls),
        // No query strings, no headers: neither is proven to come from Jira.
        format: AccessLogFormat.custom(
          JSON.stringify({
            time: "$context.requestTimeEpoch",
            requestId: "$context.requestId",
            route: "$context.routeKey",
            status: "$context.status",
            bytes: "$context.responseLength",
            milliseconds: "$context.responseLatency",
          }),
        ),
      },
    });
  }
}
