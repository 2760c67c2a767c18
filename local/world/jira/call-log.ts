/** A call as it was received, and how it was answered. Bodies are parsed JSON, or text, or left out when empty. */
export type LoggedCall = {
  at: number;
  /** By which address: the site's own or the gateway's. */
  host: "site" | "gateway";
  method: string;
  /** The path of the API, without the gateway's prefix. */
  path: string;
  /** Repeated parameters are joined by commas. */
  query: Record<string, string>;
  /** Account id of the caller; null for nobody. */
  actor: string | null;
  request?: unknown;
  /** What the call came to; 0 when the connection was lost before it had any effect. */
  status: number;
  answer?: unknown;
  /** Whether the caller never got the answer. */
  lost?: true;
};

const mostKept = 2000;

/** The latest calls, oldest first. */
export class CallLog {
  #calls: LoggedCall[] = [];

  add(call: LoggedCall): void {
    this.#calls.push(call);
    if (this.#calls.length > mostKept) this.#calls.shift();
  }

  all(): LoggedCall[] {
    return [...this.#calls];
  }

  clear(): void {
    this.#calls = [];
  }
}
