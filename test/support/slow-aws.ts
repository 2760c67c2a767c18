import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { LocalClock } from "../../local/clock.ts";

export type SlowCall = {
  /** Which calls: by the operation, such as `DynamoDB_20120810.PutItem`, and the text of the body. */
  fits(target: string, body: string): boolean;
  /** How long the call takes, on the clock; the caller waits for it. */
  milliseconds: number;
};

/**
 * Stands between one function and AWS, and makes the first call that fits slow, so that a story can let something happen
 * between two steps of the function.
 */
export async function startSlowAws(
  awsUrl: string,
  clock: LocalClock,
  slow: SlowCall,
): Promise<{ url: string; close(): void }> {
  let isSlow = true;
  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const target = String(incoming.headers["x-amz-target"]);
    if (isSlow && slow.fits(target, body.toString())) {
      isSlow = false;
      await clock.sleep(slow.milliseconds);
    }
    const { method, headers } = incoming;
    const onward = request(awsUrl + incoming.url, { ...(method ? { method } : {}), headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    onward.end(body);
  };
  const server = createServer((incoming, outgoing) => void forward(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
