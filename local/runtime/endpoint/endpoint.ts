import { randomUUID } from "node:crypto";
import type { HttpAnswer, HttpRequest } from "../../http.ts";
import type { Permissions } from "../permissions/permissions.ts";
import { queryErrorCode } from "../queues/query-error.ts";
import { AwsError } from "./aws-error.ts";
import { type BucketCall, bucketCall, bucketFailure, bucketHeaders } from "./bucket-protocol.ts";
import type { ServiceName } from "./required-permissions.ts";
import type { AwsServices, Caller } from "./services.ts";

const targets: Record<string, ServiceName> = {
  AWSStepFunctions: "sfn",
  AmazonSQS: "sqs",
  DynamoDB_20120810: "dynamodb",
  secretsmanager: "secretsmanager",
};

/**
 * Answers the calls of AWS SDK clients and tools whose endpoint URL points here. Speaks the JSON protocols of DynamoDB, SQS,
 * Secrets Manager and Step Functions, Lambda's Invoke, and S3 with the bucket in the path. Signatures are not verified; the access key says who calls.
 */
export class AwsEndpoint {
  readonly #services: AwsServices;
  readonly #permissions: Permissions;

  constructor(services: AwsServices, permissions: Permissions) {
    this.#services = services;
    this.#permissions = permissions;
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const target = request.headers["x-amz-target"];
    const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.path)?.[1];
    if (request.method === "GET" && request.path === "/" && request.headers.authorization === undefined)
      return {
        status: 200,
        headers: { "content-type": "text/plain" },
        body: "The local AWS endpoint of Latchkey. Point AWS_ENDPOINT_URL here.\n",
      };
    if (request.method === "POST" && invoked !== undefined)
      return this.#invoke(request, decodeURIComponent(invoked));
    if (target === undefined) {
      const call = bucketCall(request);
      return call ? this.#bucket(request, call) : notUnderstood(request);
    }

    const [prefix = "", operation = ""] = target.split(".");
    const service = Object.hasOwn(targets, prefix) ? targets[prefix] : undefined;
    try {
      if (!service || request.method !== "POST")
        throw new AwsError("UnknownOperationException", `The local AWS endpoint does not know ${target}.`);
      const caller = this.#caller(request);
      const answer = await this.#services.call(caller, service, operation, parseJson(request.body));
      return { status: 200, headers: headers(request), body: JSON.stringify(answer) };
    } catch (error) {
      return failure(error, request, service);
    }
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
  async #bucket(request: HttpRequest, { operation, input, answer }: BucketCall): Promise<HttpAnswer> {
    try {
      const caller = this.#caller(request);
      return answer(await this.#services.call(caller, "s3", operation, input));
    } catch (error) {
      if (error instanceof AwsError) return bucketFailure(error);
      console.error(error);
      return { status: 500, headers: bucketHeaders };
    }
  }

  /** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
  async #invoke(request: HttpRequest, functionName: string): Promise<HttpAnswer> {
    try {
      const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
      const Payload: unknown = request.body.length === 0 ? {} : parseJson(request.body);
      const qualifier = request.query.get("Qualifier");
      const FunctionName = qualifier === null ? functionName : `${functionName}:${qualifier}`;
      const input = { FunctionName, InvocationType: type, Payload };
      const answer = await this.#services.call(this.#caller(request), "lambda", "Invoke", input);
      const status =
        "StatusCode" in answer && typeof answer.StatusCode === "number" ? answer.StatusCode : 200;
      const isFailed = "FunctionError" in answer && typeof answer.FunctionError === "string";
      return {
        status,
        headers: {
          ...headers(request),
          "x-amz-executed-version": "$LATEST",
          ...(isFailed ? { "x-amz-function-error": String(answer.FunctionError) } : {}),
        },
        ...("Payload" in answer ? { body: JSON.stringify(answer.Payload) } : {}),
      };
    } catch (error) {
      const answer = failure(error, request, "lambda");
      const status = lambdaStatus(error) ?? answer.status;
      return { ...answer, status, headers: { ...answer.headers, "x-amzn-errortype": nameOf(error) } };
    }
  }

  /** The role whose name is the access key, else the operator. */
  #caller(request: HttpRequest): Caller {
    const { authorization } = request.headers;
    const accessKey = /\bCredential=([^/]+)\//.exec(authorization ?? "")?.[1];
    if (accessKey === undefined)
      throw new AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token");
    const role = this.#permissions.role(accessKey);
    if (!role) return "operator";
    const session = request.headers["x-amz-security-token"];
    // A role's keys come with a token. A client that signs by hand and forgets it would work here and fail on AWS.
    if (session === undefined)
      throw new AwsError(
        "UnrecognizedClientException",
        `The security token included in the request is invalid. (The call is signed with the key of ${role.name} but has no x-amz-security-token.)`,
      );
    return { role, session };
  }
}

function parseJson(body: Buffer): unknown {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return parsed;
  } catch {
    throw new AwsError("SerializationException", "The body is not JSON.");
  }
}

function headers(request: HttpRequest): Record<string, string> {
  return {
    "content-type": request.headers["content-type"] ?? "application/x-amz-json-1.0",
    "x-amzn-requestid": randomUUID(),
  };
}

function failure(error: unknown, request: HttpRequest, service: ServiceName | undefined): HttpAnswer {
  if (!(error instanceof AwsError)) {
    console.error(error);
    const message = "The local runtime failed; its console shows why.";
    return {
      status: 500,
      headers: headers(request),
      body: JSON.stringify({ __type: "InternalServerError", message }),
    };
  }
  return {
    status: 400,
    headers: {
      ...headers(request),
      ...(service === "sqs" ? { "x-amzn-query-error": `${queryErrorCode(error.name)};Sender` } : {}),
    },
    body: JSON.stringify({ __type: error.name, message: error.message, ...error.fields }),
  };
}

function nameOf(error: unknown): string {
  return error instanceof AwsError ? error.name : "ServiceException";
}

function lambdaStatus(error: unknown): number | undefined {
  const statuses: Record<string, number> = {
    AccessDeniedException: 403,
    RequestTooLargeException: 413,
    ResourceNotFoundException: 404,
    TooManyRequestsException: 429,
    UnrecognizedClientException: 403,
  };
  return statuses[nameOf(error)];
}

/** Services and tools with other protocols get an error that they can show, which is XML for the older ones. */
function notUnderstood(request: HttpRequest): HttpAnswer {
  const action =
    new URLSearchParams(request.body.toString()).get("Action") ?? `${request.method} ${request.path}`;
  const message = `The local AWS endpoint does not know ${action.replace(/[<>&]/g, "")}. It speaks the JSON protocols of DynamoDB, SQS, Secrets Manager and Step Functions, Lambda's Invoke and some of S3; for SQS use the AWS CLI 2.13 or later.`;
  return {
    status: 400,
    headers: { "content-type": "text/xml", "x-amzn-requestid": randomUUID() },
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>UnknownOperationException</Code><Message>${message}</Message></Error></ErrorResponse>`,
  };
}
