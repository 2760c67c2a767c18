import { createHash } from "node:crypto";
import { NotReadyError, RejectedWebhookError, TooLargeError, UnknownRouteError } from "../errors.ts";
import type { Doorbell } from "../requests/doorbell.ts";
import { parseBody, readAutomation, readWebhook } from "./body.ts";
import { signatureProof, tokenProof, type WebhookSecret } from "./proof.ts";

/** The parts of an HTTP API event, payload format 2.0, that matter here. */
export type HttpEvent = {
  rawPath: string;
  requestContext: { requestId: string; http: { method: string } };
  headers: Record<string, string | undefined>;
  body?: string;
  isBase64Encoded?: boolean;
};

export type HttpAnswer = { statusCode: number; headers: Record<string, string>; body: string };

type Deps = {
  now(): number;
  secret(): Promise<WebhookSecret>;
  /** Puts the doorbell into the queue; one with the same id as another of the last five minutes is dropped. */
  ring(doorbell: Doorbell, deduplicationId: string): Promise<void>;
};

const sizeLimit = 1024 * 1024;

/**
 * Takes a webhook in: size, shape of the proof, proof, JSON, shape of the body, in this order; then into the queue, then
 * the answer. Nothing is kept or logged of a body that is not proven. Whatever is our own fault is answered 503, because
 * Jira delivers again then.
 */
export async function receiveWebhook(deps: Deps, event: HttpEvent): Promise<HttpAnswer> {
  const route = `${event.requestContext.http.method} ${event.rawPath}`;
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
  event: HttpEvent,
): Promise<{ doorbell: Doorbell; deduplicationId: string }> {
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (body.length > sizeLimit) throw new TooLargeError("The body is larger than 1 MiB.");
  switch (route) {
    case "POST /webhooks/jira": {
      const prove = signatureProof(event.headers["x-hub-signature"]);
      prove(body, await ready(deps.secret));
      return {
        doorbell: readWebhook(parseBody(body), deps.now()),
        deduplicationId: createHash("sha256").update(body).digest("hex"),
      };
    }
    case "POST /webhooks/automation": {
      const prove = tokenProof(event.headers.authorization);
      prove(await ready(deps.secret));
      // Not the body's hash: two events of one issue have the same body, and Jira sends neither of them again.
      return {
        doorbell: readAutomation(parseBody(body), deps.now()),
        deduplicationId: event.requestContext.requestId,
      };
    }
    default:
      throw new UnknownRouteError("There is nothing here.");
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
