import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { LocalClock } from "./clock.ts";

/** A request as the local servers see it. `path` is as sent (not decoded); header names are in lower case. */
export type HttpRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  /** The query as sent, without the question mark. */
  rawQuery: string;
  headers: Record<string, string | undefined>;
  /** Names and values of the headers as sent and in that order, repeated ones too. */
  rawHeaders: [name: string, value: string][];
  body: Buffer;
};

/** An object body is sent as JSON; a string or bytes as they are. A list of values repeats the header. */
export type HttpAnswer = {
  status: number;
  headers?: Record<string, string | string[]>;
  body?: object | string | Buffer;
};

/** Thrown by a route to answer with something else than success. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly answer: HttpAnswer;

  constructor(status: number, body?: object | string, headers?: Record<string, string>) {
    super(`HTTP ${status}`);
    this.answer = { status, ...(body === undefined ? {} : { body }), ...(headers ? { headers } : {}) };
  }
}

/** Thrown to close the connection without an answer, as a broken network would. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  /** The answer that did not arrive; undefined when the call had no effect. */
  readonly answer: HttpAnswer | undefined;

  constructor(answer?: HttpAnswer) {
    super("the connection was lost");
    this.answer = answer;
  }
}

export type Handler = (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer;

/** What the handler answers, be it returned or thrown. */
export async function answerOf(handle: Handler, request: HttpRequest): Promise<HttpAnswer> {
  try {
    return await handle(request);
  } catch (error) {
    if (error instanceof HttpError) return error.answer;
    throw error;
  }
}

export type ListeningServer = { url: string; port: number; close(): Promise<void> };

/**
 * Serves `handle` on the loopback interface. Port 0 picks a free one. The `Date` header is the clock's, unless `undated`.
 * An error that is neither `HttpError` nor `ConnectionLost` is a bug of the server: 500, and printed.
 */
export async function listen(options: {
  port: number;
  clock: LocalClock;
  handle: Handler;
  undated?: boolean;
}): Promise<ListeningServer> {
  const server = createServer((incoming, outgoing) => {
    void respond(incoming, outgoing, options);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const port = portOf(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: Parameters<typeof listen>[0],
): Promise<void> {
  const done = options.clock.busy();
  try {
    const body = await readBody(incoming);
    // Not `new URL`: it would resolve "..", take "//x" for a host and throw on odd paths.
    const [path = "", ...query] = (incoming.url ?? "/").split("?");
    const rawQuery = query.join("?");
    const answer = await options.handle({
      method: incoming.method ?? "GET",
      path,
      query: new URLSearchParams(rawQuery),
      rawQuery,
      headers: headersOf(incoming),
      rawHeaders: rawHeadersOf(incoming),
      body,
    });
    send(outgoing, answer, options);
  } catch (error) {
    if (error instanceof HttpError) send(outgoing, error.answer, options);
    else if (error instanceof ConnectionLost || !incoming.complete) incoming.socket.destroy();
    else {
      console.error(error);
      send(outgoing, { status: 500, body: { message: "Internal Server Error" } }, options);
    }
  } finally {
    done();
  }
}

function send(
  outgoing: ServerResponse,
  answer: HttpAnswer,
  { clock, undated }: Pick<Parameters<typeof listen>[0], "clock" | "undated">,
): void {
  const { body } = answer;
  const asIs = typeof body === "string" || Buffer.isBuffer(body);
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(asIs ? body : JSON.stringify(body));
  outgoing.sendDate = false;
  outgoing.writeHead(answer.status, {
    ...(undated ? {} : { date: new Date(clock.now()).toUTCString() }),
    ...(body === undefined || asIs ? {} : { "content-type": "application/json" }),
    ...(answer.status === 204 ? {} : { "content-length": String(bytes.length) }),
    ...answer.headers,
  });
  outgoing.end(bytes);
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  await once(incoming, "end");
  return Buffer.concat(chunks);
}

function headersOf(incoming: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(",") : value,
    ]),
  );
}

function rawHeadersOf(incoming: IncomingMessage): [string, string][] {
  const flat = incoming.rawHeaders;
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""]] : []));
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

/** What a route gets besides the request: the decoded parts of the path that its pattern names, such as `{id}`. */
export type Route = (request: HttpRequest, parts: Record<string, string>) => Promise<HttpAnswer> | HttpAnswer;

/**
 * Finds the route for a request. Patterns are written as in OpenAPI documents: `GET /systemusers/{id}`.
 * A pattern with fixed text wins over one with a part in its place. What a route is, is up to its user.
 */
export class Router<Target = Route> {
  readonly #routes: { method: string; segments: string[]; route: Target }[] = [];

  add(pattern: string, route: Target): this {
    const [method = "", path = ""] = pattern.split(" ");
    this.#routes.push({ method, segments: path.split("/"), route });
    this.#routes.sort((a, b) => namedParts(a.segments) - namedParts(b.segments));
    return this;
  }

  /** The route's answer; undefined when no route has that path, `method` when only the method is wrong. */
  find(request: HttpRequest): { route: Target; parts: Record<string, string> } | "method" | undefined {
    const asked = request.path.split("/");
    let pathKnown = false;
    for (const { method, segments, route } of this.#routes) {
      const parts = match(segments, asked);
      if (!parts) continue;
      if (method === request.method) return { route, parts };
      pathKnown = true;
    }
    return pathKnown ? "method" : undefined;
  }
}

function namedParts(segments: string[]): number {
  return segments.filter((segment) => segment.startsWith("{")).length;
}

function match(segments: string[], asked: string[]): Record<string, string> | undefined {
  if (segments.length !== asked.length) return undefined;
  const parts: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = asked[index] ?? "";
    if (segment.startsWith("{")) parts[segment.slice(1, -1)] = decode(value);
    else if (segment !== value) return undefined;
  }
  return parts;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
