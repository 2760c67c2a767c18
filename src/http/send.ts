/** Why no answer came. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
  /** Whether the other side may have received the request, and done what it said. */
  readonly mayHaveHappened: boolean;

  constructor(message: string, options: { cause?: unknown; mayHaveHappened: boolean }) {
    super(message, { cause: options.cause });
    this.mayHaveHappened = options.mayHaveHappened;
  }
}

export type Outgoing = {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
};

export type Incoming = { status: number; headers: Headers; text: string };

const timeLimit = 10_000;
const sizeLimit = 4 * 1024 * 1024;
const neverConnected = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"];

/**
 * Sends one HTTP request. Never follows a redirect: that would hand the credentials to whoever is named in it.
 * Answers that take longer than ten seconds or are larger than 4 MiB are given up.
 *
 * @throws NoAnswerError when no whole answer came
 */
export async function send({ method, url, headers, body }: Outgoing): Promise<Incoming> {
  const signal = AbortSignal.timeout(timeLimit);
  try {
    const answer = await fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal,
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, headers: answer.headers, text: await readText(answer) };
  } catch (error) {
    if (error instanceof NoAnswerError) throw error;
    const why = signal.aborted ? `no answer within ${timeLimit / 1_000} seconds` : "the connection failed";
    throw new NoAnswerError(why, { cause: error, mayHaveHappened: !neverConnected.includes(codeOf(error)) });
  }
}

async function readText(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  const body: ReadableStream<Uint8Array> | null = answer.body;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > sizeLimit)
      throw new NoAnswerError("the answer is larger than 4 MiB", { mayHaveHappened: true });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}
