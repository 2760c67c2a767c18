import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { AwsV4Signer } from "aws4fetch";

type Constructor = NonNullable<DynamoDBClientConfig["signerConstructor"]>;
type Signer = InstanceType<Constructor>;

/**
 * Signs what the SDK's client sends. The library that signs the other calls does it too: the SDK's own signer would be 9 KB
 * more in every function.
 */
export class RequestSigner implements Signer {
  readonly #credentials: ConstructorParameters<Constructor>[0]["credentials"];

  constructor({ credentials }: ConstructorParameters<Constructor>[0]) {
    this.#credentials = credentials;
  }

  async sign(...[request, options]: Parameters<Signer["sign"]>): ReturnType<Signer["sign"]> {
    const { protocol, hostname, port, path, method } = request;
    const body: unknown = request.body;
    const { accessKeyId, secretAccessKey, sessionToken } =
      typeof this.#credentials === "function" ? await this.#credentials() : this.#credentials;
    const signed = await new AwsV4Signer({
      url: `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`,
      method,
      headers: request.headers,
      ...(typeof body === "string" ? { body } : {}),
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      ...(options?.signingRegion === undefined ? {} : { region: options.signingRegion }),
      ...(options?.signingService === undefined ? {} : { service: options.signingService }),
      datetime: stamp(options?.signingDate),
    }).sign();
    request.headers = { ...request.headers, ...Object.fromEntries(signed.headers) };
    return request;
  }
}

/** Such as `20261120T090000Z`. */
function stamp(date: string | number | Date | undefined): string {
  return new Date(date ?? Number.NaN).toISOString().replaceAll(/[:-]|\.\d{3}/g, "");
}
