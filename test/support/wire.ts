import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { LocalClock } from "../../local/clock.ts";
import { FaultList } from "../../local/world/faults.ts";

type WireFault = {
  /** Which requests meet it, by their text: request line, headers and body. */
  fits(request: string): boolean;
  /** How many requests meet it; without this, every one until the fault is taken away. */
  times?: number;
  /** How late the request is, on the clock. */
  delayMs?: number;
  /**
   * What becomes of the request then. `pass`: nothing else. `reset`: it does not arrive. `reset after`: it arrives, and the
   * connection breaks instead of its answer. `cut`: half of the answer arrives. `silence`: it arrives, and nothing comes back.
   * Or an answer in place of the other side's.
   */
  effect: "pass" | "reset" | "reset after" | "cut" | "silence" | { status: number; body: object };
  /** Called with the request when the other side has answered it, or would have. */
  onMet?(request: string): void;
};

class WireFaults extends FaultList<WireFault> {
  met(request: string): WireFault | undefined {
    return this.take((fault) => fault.fits(request));
  }
}

/** A TCP connection that can fail, between whoever calls `url` and an HTTP server. */
export type Wire = {
  url: string;
  faults: WireFaults;
  /** Requests that arrived, or may have, and whose answer did not come back whole. */
  unanswered: string[];
  close(): void;
};

/** How long callers wait for an answer that does not come; `send` and `signedCall` give up by then. */
const patience = 10_000;

/** Puts a wire in front of an HTTP server. */
export async function openWire(target: string, clock: LocalClock): Promise<Wire> {
  const { hostname, port } = new URL(target);
  const faults = new WireFaults();
  const unanswered: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // What broke is seen as a closed connection.
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    let answering: (chunk: Buffer) => unknown = (chunk) => client.write(chunk);
    upstream.on("data", (chunk: Buffer) => answering(chunk));

    const carry = async (bytes: Buffer) => {
      const text = bytes.toString();
      const fault = faults.met(text);
      if (!fault) return upstream.write(bytes);
      const { effect, delayMs = 0, onMet = () => {} } = fault;
      if (delayMs > 0) await clock.sleep(delayMs);
      if (typeof effect === "object") {
        onMet(text);
        return client.write(answerOf(effect));
      }
      if (effect === "reset") return client.resetAndDestroy();
      if (effect !== "pass") {
        unanswered.push(text);
        answering = (chunk) => {
          if (effect === "reset after") client.resetAndDestroy();
          if (effect === "cut") client.end(chunk.subarray(0, chunk.length / 2));
          answering = () => {};
          onMet(text);
          // Whoever waits in vain is idle meanwhile.
          if (effect === "silence" && !fault.onMet) void clock.sleep(patience);
        };
      }
      return upstream.write(bytes);
    };
    let pending = Buffer.alloc(0);
    client.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      const length = lengthOf(pending);
      if (pending.length < length) return;
      const request = pending.subarray(0, length);
      pending = pending.subarray(length);
      void carry(request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    unanswered,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** How long the first request is; more than there is while its head has not ended. */
function lengthOf(bytes: Buffer): number {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return Number.POSITIVE_INFINITY;
  const [, length = "0"] = /^content-length: *(\d+)/im.exec(bytes.subarray(0, end).toString()) ?? [];
  return end + 4 + Number(length);
}

function answerOf({ status, body }: { status: number; body: object }): string {
  const text = JSON.stringify(body);
  const type = "content-type: application/x-amz-json-1.0";
  return `HTTP/1.1 ${status} Fault\r\n${type}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
