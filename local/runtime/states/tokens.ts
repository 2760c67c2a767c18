import { createHmac, randomBytes } from "node:crypto";
import { AwsError } from "../endpoint/aws-error.ts";
import { isTooLarge } from "./failure.ts";
import type { Journal, TokenAnswer, TokenRecord } from "./journal.ts";

const nonceBytes = 24;

/**
 * Task tokens. A token has a row while its attempt is under way; the row goes with the attempt. Tokens are signed, so
 * that one whose row is gone (answered, timed out, aborted) can be told from one that was never given.
 */
export class Tokens {
  readonly #journal: Journal;
  readonly #secret: string;
  readonly #waiting = new Map<string, (answer: TokenAnswer) => void>();

  constructor(journal: Journal) {
    this.#journal = journal;
    const kept = journal.secrets.get("tokens");
    this.#secret = kept ?? randomBytes(32).toString("hex");
    if (!kept) journal.secrets.set("tokens", this.#secret);
  }

  create(): string {
    const nonce = randomBytes(nonceBytes);
    return Buffer.concat([nonce, this.#sign(nonce)]).toString("base64url");
  }

  /** To be called in the commit that schedules the attempt. */
  open(token: string, execution: string, now: number): void {
    this.#journal.tokens.set(token, { execution, lastBeat: now });
  }

  /** To be called in the commit that ends the attempt. */
  close(token: string): void {
    this.#journal.tokens.delete(token);
    this.#waiting.delete(token);
  }

  answered(token: string): Promise<TokenAnswer> {
    const answer = this.#journal.tokens.get(token)?.answer;
    if (answer) return Promise.resolve(answer);
    return new Promise((resolve) => this.#waiting.set(token, resolve));
  }

  hasAnswer(token: string): boolean {
    return this.#journal.tokens.get(token)?.answer !== undefined;
  }

  lastBeat(token: string): number | undefined {
    return this.#journal.tokens.get(token)?.lastBeat;
  }

  /** @throws AwsError InvalidToken, TaskTimedOut, InvalidOutput */
  succeed(token: string, output: string): void {
    const row = this.#find(token);
    try {
      JSON.parse(output);
    } catch {
      throw new AwsError("InvalidOutput", "Invalid Output: the output is not JSON");
    }
    if (isTooLarge(output)) throw new AwsError("InvalidOutput", "Invalid Output: more than 256 KiB");
    this.#answer(token, row, { output });
  }

  /** @throws AwsError InvalidToken, TaskTimedOut */
  fail(token: string, error: string | undefined, cause: string | undefined): void {
    this.#answer(token, this.#find(token), { error, cause });
  }

  /** @throws AwsError InvalidToken, TaskTimedOut */
  beat(token: string, now: number): void {
    this.#journal.tokens.set(token, { ...this.#find(token), lastBeat: now });
  }

  #find(token: string): TokenRecord {
    if (!this.#isOurs(token)) throw new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
    const row = this.#journal.tokens.get(token);
    if (row && !row.answer) return row;
    throw new AwsError("TaskTimedOut", "Task Timed Out: the task is over, or was answered before");
  }

  #answer(token: string, row: TokenRecord, answer: TokenAnswer): void {
    this.#journal.tokens.set(token, { ...row, answer });
    this.#waiting.get(token)?.(answer);
    this.#waiting.delete(token);
  }

  #isOurs(token: string): boolean {
    const bytes = Buffer.from(token, "base64url");
    const nonce = bytes.subarray(0, nonceBytes);
    return bytes.toString("base64url") === token && bytes.subarray(nonceBytes).equals(this.#sign(nonce));
  }

  #sign(nonce: Buffer): Buffer {
    return createHmac("sha256", this.#secret).update(nonce).digest();
  }
}
