import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { type Host, TaskFailure } from "../../local/runtime/states/host.ts";
import { place } from "./ministack.ts";

/** Runs what the state machines ask for on MiniStack, in their roles. */
export class MiniStackHost implements Host {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async invokeFunction({ functionArn, payload, roleArn, signal }: Parameters<Host["invokeFunction"]>[0]) {
    const lambda = new AwsClient({
      ...sessionOf(roleArn),
      region: place.region,
      service: "lambda",
      retries: 0,
    });
    const path = `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`;
    const answer = await lambda.fetch(this.#url + path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-amz-log-type": "Tail" },
      body: JSON.stringify(payload),
      signal,
    });
    const text = await answer.text();
    if (!answer.ok) throw new TaskFailure(`Lambda.${answer.headers.get("x-amzn-errortype")}`, text);
    const given: unknown = text === "" ? null : JSON.parse(text);
    if (answer.headers.get("x-amz-function-error") === null) return given;
    const log = Buffer.from(answer.headers.get("x-amz-log-result") ?? "", "base64").toString();
    throw new TaskFailure(nameOf(given as Failure, log), text);
  }

  /** The definitions call functions and nothing else. */
  call({ service, operation }: Parameters<Host["call"]>[0]): Promise<never> {
    return Promise.reject(new Error(`${service}:${operation} is not passed on to MiniStack`));
  }
}

/** The keys of a session in a state machine's role, as `extended.py` makes it. */
function sessionOf(roleArn: string) {
  const keys = createHash("sha256").update(roleArn).digest("hex");
  return {
    accessKeyId: `ASIA${keys.slice(0, 16).toUpperCase()}`,
    secretAccessKey: keys,
    sessionToken: keys,
  };
}

type Failure = { errorType?: string; trace?: string[] };

/** MiniStack calls every error of a handler `Runtime.HandlerError`; what the handler threw is in the trace, or in the log. */
function nameOf({ errorType = "Unknown", trace = [] }: Failure, log: string): string {
  if (errorType !== "Runtime.HandlerError") return errorType;
  const thrown = [...trace, ...log.split("\n")].map((line) => /^([A-Z]\w*): /.exec(line)?.[1]);
  return thrown.find((name) => name !== undefined) ?? errorType;
}
