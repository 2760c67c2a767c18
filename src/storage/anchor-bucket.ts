import * as v from "valibot";
import { Anchor } from "../audit/anchor.ts";
import { canonicalJson, sha256 } from "../audit/hash.ts";
import { StorageUnavailableError } from "../errors.ts";

/** Sends a signed request to S3. */
type Send = (url: string, init?: RequestInit) => Promise<Response>;

type Place = { day: string; versionId: string };

/**
 * The anchors of the audit trails in an object-locked bucket: `2026-11-20.json`. The first version of an object is what
 * counts. The lock keeps it; a later version or a delete marker, which the lock does not prevent, changes nothing.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export class AnchorBucket {
  readonly #send: Send;
  readonly #url: string;

  /** @param url of the bucket, without a slash at its end */
  constructor(send: Send, url: string) {
    this.#send = send;
    this.#url = url;
  }

  async last(before: string): Promise<Anchor | undefined> {
    const place = (await this.#places()).findLast(({ day }) => day < before);
    return place && this.#get(place);
  }

  /** Every anchor, by day. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Anchor> {
    for (const place of await this.#places()) yield await this.#get(place);
  }

  async add(anchor: Anchor): Promise<boolean> {
    const body = canonicalJson(anchor);
    const hash = sha256(body);
    const answer = await this.#call("a new anchor", `/${keyOf(anchor.day)}`, {
      method: "PUT",
      headers: {
        "content-type": "application/json",
        "if-none-match": "*",
        "x-amz-content-sha256": hash,
        // What is to be locked has to prove that it has arrived as it was sent.
        "x-amz-checksum-sha256": Buffer.from(hash, "hex").toString("base64"),
      },
      body,
    });
    return answer.status === 200;
  }

  /** The first version of each, by day. */
  async #places(): Promise<Place[]> {
    const places = new Map<string, Place>();
    for (let next: string | undefined = ""; next !== undefined; ) {
      const answer = await this.#call("the list of anchors", `?versions=${next}`);
      const text = await answer.text();
      // By key, and each key's newest version first.
      for (const [, version = ""] of text.matchAll(/<Version>(.*?)<\/Version>/gs)) {
        const day = /^(.+)\.json$/.exec(member(version, "Key") ?? "")?.[1];
        const versionId = member(version, "VersionId");
        if (day !== undefined && versionId !== undefined) places.set(day, { day, versionId });
      }
      next = nextPage(text);
    }
    return [...places.values()];
  }

  async #get({ day, versionId }: Place): Promise<Anchor> {
    const answer = await this.#call(
      `the anchor of ${day}`,
      `/${keyOf(day)}?versionId=${encodeURIComponent(versionId)}`,
    );
    return v.parse(Anchor, await answer.json());
  }

  async #call(what: string, path: string, init?: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await this.#send(this.#url + path, init);
    } catch (error) {
      throw new StorageUnavailableError(`${what}: no answer`, { cause: error });
    }
    // 412: there is one already; 409: somebody else is writing one.
    if (answer.ok || (init && [409, 412].includes(answer.status))) return answer;
    throw new StorageUnavailableError(`${what}: HTTP ${answer.status}`);
  }
}

function keyOf(day: string): string {
  return `${day}.json`;
}

function member(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

function nextPage(text: string): string | undefined {
  const key = member(text, "NextKeyMarker");
  if (key === undefined || key === "") return undefined;
  const version = member(text, "NextVersionIdMarker") ?? "";
  return `&key-marker=${encodeURIComponent(key)}&version-id-marker=${encodeURIComponent(version)}`;
}
