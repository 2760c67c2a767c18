import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { AwsV4Signer } from "aws4fetch";

type Constructor = NonNullable<DynamoDBClientConfig["signerConstructor"]>;
type Signer = InstanceType<Constructor>;
type Given = ConstructorParameters<Constructor>[0];

/**
 * Signs what the SDK's client sends. The library that signs the other calls does it too: the SDK's own signer would be 9 KB
 * more in every function.
 */
export class RequestSigner implements Signer {
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  async sign(...[request, options]: Parameters<Signer["sign"]>): ReturnType<Signer["sign"]> {
    const { protocol, hostname, port, path, method } = request;
    const body: unknown = request.body;
    const { credentials, region, service } = this.#given;
    const { accessKeyId, secretAccessKey, sessionToken } =
      typeof credentials === "function" ? await credentials() : credentials;
    const signed = await new AwsV4Signer({
      url: `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`,
      method,
      headers: request.headers,
      ...(body === undefined || body === null ? {} : { body: signable(body) }),
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      // The client names them here or there; the library would guess them from a host name that need not tell.
      region: options?.signingRegion ?? (typeof region === "function" ? await region() : region),
      service: options?.signingService ?? service,
      datetime: stamp(options?.signingDate),
    }).sign();
    request.headers = { ...request.headers, ...Object.fromEntries(signed.headers) };
    return request;
  }
}

/** The clients give text or, newer ones, bytes. What cannot be signed must not be sent as if it were empty. */
function signable(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return Uint8Array.from(body);
  throw new TypeError("a body that is neither text nor bytes cannot be signed");
}

/** Such as `20261120T090000Z`. */
function stamp(date: string | number | Date | undefined): string {
  return new Date(date ?? Number.NaN).toISOString().replaceAll(/[:-]|\.\d{3}/g, "");
}
