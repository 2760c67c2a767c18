import { createHash, randomUUID } from "node:crypto";
import * as v from "valibot";
import type { LocalClock } from "../../clock.ts";
import { object } from "../../json-schemas.ts";
import type { Collection, Store } from "../../store.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import { checkInput } from "../endpoint/check-input.ts";
import type { Service } from "../endpoint/service.ts";
import type { BucketDefinition } from "./bucket-definition.ts";

/** A version of an object; without a body it is a delete marker. */
type Version = {
  id: string;
  key: string;
  at: number;
  lockedUntil?: number;
  /** In base64. */
  body?: string;
};

const place = { Bucket: v.string(), Key: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)) };
const inputs = {
  put: object({
    ...place,
    Body: v.string(),
    ChecksumSHA256: v.optional(v.string()),
    IfNoneMatch: v.optional(v.literal("*")),
  }),
  get: object({ ...place, VersionId: v.optional(v.string()) }),
  list: object({ Bucket: v.string(), Prefix: v.optional(v.string(), "") }),
};
const day = 86_400_000;

/**
 * S3 for the template's buckets, which lock what is put into them. As there, a lock keeps a version: putting the same key again
 * makes another version, and deleting it without naming a version hides it behind a delete marker.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export class Buckets implements Service {
  readonly #clock: LocalClock;
  readonly #definitions: BucketDefinition[];
  /** By bucket, oldest first. */
  readonly #versions: Collection<Version[]>;

  constructor(options: { clock: LocalClock; store: Store; definitions: BucketDefinition[] }) {
    this.#clock = options.clock;
    this.#definitions = options.definitions;
    this.#versions = options.store.collection("s3 versions");
  }

  /** Bodies, in input and answer, are in base64. */
  async handle(operation: string, input: unknown): Promise<object> {
    switch (operation) {
      case "PutObject":
        return this.#put(checkInput(inputs.put, input));
      case "GetObject":
        return this.#get(checkInput(inputs.get, input));
      case "DeleteObject":
        return this.#delete(checkInput(inputs.get, input));
      case "ListObjectVersions":
        return this.#list(checkInput(inputs.list, input));
      default:
        throw new AwsError("NotImplemented", `${operation}: the local S3 does not know it`);
    }
  }

  #put({ Bucket, Key, Body, ChecksumSHA256, IfNoneMatch }: v.InferOutput<typeof inputs.put>): object {
    const versions = this.#of(Bucket);
    if (ChecksumSHA256 === undefined)
      throw new AwsError(
        "InvalidRequest",
        "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
      );
    const checksum = createHash("sha256").update(Buffer.from(Body, "base64")).digest("base64");
    if (ChecksumSHA256 !== checksum)
      throw new AwsError("BadDigest", "The SHA256 you specified did not match the calculated checksum.");
    const newest = versions.findLast(({ key }) => key === Key);
    if (IfNoneMatch !== undefined && newest?.body !== undefined)
      throw new AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
      );
    const at = this.#clock.now();
    const lockedUntil = at + this.#definition(Bucket).lockDays * day;
    return this.#add(Bucket, { id: randomUUID(), key: Key, at, lockedUntil, body: Body });
  }

  #get({ Bucket, Key, VersionId }: v.InferOutput<typeof inputs.get>): object {
    const found = this.#of(Bucket).findLast(
      ({ key, id }) => key === Key && (VersionId === undefined || id === VersionId),
    );
    if (found?.body !== undefined) return { Body: found.body, VersionId: found.id };
    if (found && VersionId !== undefined)
      throw new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.");
    throw VersionId === undefined
      ? new AwsError("NoSuchKey", "The specified key does not exist.")
      : new AwsError("NoSuchVersion", "The specified version does not exist.");
  }

  #delete({ Bucket, Key, VersionId }: v.InferOutput<typeof inputs.get>): object {
    if (VersionId === undefined)
      return this.#add(Bucket, { id: randomUUID(), key: Key, at: this.#clock.now() });
    const versions = this.#of(Bucket);
    const found = versions.find(({ key, id }) => key === Key && id === VersionId);
    if ((found?.lockedUntil ?? 0) > this.#clock.now())
      throw new AwsError("AccessDenied", "Access Denied because object protected by object lock.");
    this.#versions.set(
      Bucket,
      versions.filter((version) => version !== found),
    );
    return { VersionId };
  }

  #list({ Bucket, Prefix }: v.InferOutput<typeof inputs.list>): object {
    const versions = this.#of(Bucket).filter(({ key }) => key.startsWith(Prefix));
    const keys = [...new Set(versions.map(({ key }) => key))].sort();
    return {
      Versions: keys.flatMap((wanted) =>
        versions
          .filter(({ key }) => key === wanted)
          .map(({ id, key, at, body }, index, all) => ({
            Key: key,
            VersionId: id,
            IsLatest: index === all.length - 1,
            LastModified: new Date(at).toISOString(),
            IsDeleteMarker: body === undefined,
          }))
          .toReversed(),
      ),
    };
  }

  #add(bucket: string, version: Version): object {
    this.#versions.set(bucket, [...this.#of(bucket), version]);
    return { VersionId: version.id };
  }

  #of(bucket: string): Version[] {
    return this.#versions.get(this.#definition(bucket).name) ?? [];
  }

  #definition(bucket: string): BucketDefinition {
    const definition = this.#definitions.find(({ name }) => name === bucket);
    if (!definition) throw new AwsError("NoSuchBucket", "The specified bucket does not exist");
    return definition;
  }
}
