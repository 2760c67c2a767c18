import { createHash } from "node:crypto";
import {
  MalformedError,
  NotProvenError,
  NotReadyError,
  RejectedWebhookError,
  TooLargeError,
  UnknownRouteError,
} from "../errors.ts";
import type { Doorbell } from "../requests/doorbell.ts";
import { get, parseBody, readAutomation, readWebhook } from "./body.ts";
import { signatureProof, tokenProof, type WebhookSecret } from "./proof.ts";

export type HttpAnswer = { statusCode: number; headers: Record<string, string>; body: string };

type Deps = {
  now(): number;
  secret(): Promise<WebhookSecret>;
  /** As it is now: it may have been changed since it was read. */
  secretAgain(): Promise<WebhookSecret>;
  /** Puts the doorbell into the queue; one with the same id as another of the last five minutes is dropped. */
  ring(doorbell: Doorbell, deduplicationId: string): Promise<void>;
};

const sizeLimit = 1024 * 1024;

/**
 * Takes a webhook in: size, shape of the proof, proof, JSON, shape of the body, in this order; then into the queue, then
 * the answer. Nothing is kept or logged of a body that is not proven. Whatever is our own fault is answered 503, because
 * Jira delivers again then.
 *
 * @param event of an HTTP API, payload format 2.0; whatever it is, there is an answer
 */
export async function receiveWebhook(deps: Deps, event: unknown): Promise<HttpAnswer> {
  const http = get(get(event, "requestContext"), "http");
  const route = `${textIn(http, "method")} ${textIn(event, "rawPath")}`;
  if (route === "GET /healthz") return answer(200, "ok");
  try {
    const { doorbell, deduplicationId } = await read(deps, route, event);
    await ready(() => deps.ring(doorbell, deduplicationId));
    return answer(202, "accepted");
  } catch (error) {
    if (error instanceof RejectedWebhookError) return answer(error.status, error.message);
    throw error;
  }
}

async function read(
  deps: Deps,
  route: string,
  event: unknown,
): Promise<{ doorbell: Doorbell; deduplicationId: string }> {
  const headers = get(event, "headers");
  const encoding = get(event, "isBase64Encoded") === true ? "base64" : "utf8";
  const body = Buffer.from(textIn(event, "body") ?? "", encoding);
  if (body.length > sizeLimit) throw new TooLargeError("The body is larger than 1 MiB.");
  switch (route) {
    case "POST /webhooks/jira": {
      const prove = signatureProof(textIn(headers, "x-hub-signature"));
      await proven(deps, (secret) => prove(body, secret));
      return {
        doorbell: readWebhook(parseBody(body), deps.now()),
        deduplicationId: createHash("sha256").update(body).digest("hex"),
      };
    }
    case "POST /webhooks/automation": {
      await proven(deps, tokenProof(textIn(headers, "authorization")));
      // Not the body's hash: two events of one issue have the same body, and Jira sends neither of them again.
      return {
        doorbell: readAutomation(parseBody(body), deps.now()),
        deduplicationId: eventId(event),
      };
    }
    default:
      throw new UnknownRouteError("There is nothing here.");
  }
}

/** API Gateway's id of the call. */
function eventId(event: unknown): string {
  const id = textIn(get(event, "requestContext"), "requestId");
  if (id === undefined || !/^[\w+/=-]{1,128}$/.test(id)) throw new MalformedError("The event has no id.");
  return id;
}

function textIn(value: unknown, name: string): string | undefined {
  const text = get(value, name);
  return typeof text === "string" ? text : undefined;
}

/** A new value is in use from the first event that is signed with it: Jira does not repeat what is answered 401. */
async function proven(deps: Deps, prove: (secret: WebhookSecret) => void): Promise<void> {
  try {
    prove(await ready(deps.secret));
  } catch (error) {
    if (!(error instanceof NotProvenError)) throw error;
    prove(await ready(deps.secretAgain));
  }
}

async function ready<Result>(step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    throw new NotReadyError("Not ready; try again later.", { cause: error });
  }
}

function answer(statusCode: number, message: string): HttpAnswer {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify({ message }) };
}
