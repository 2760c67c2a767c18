import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { HttpAnswer, HttpRequest } from "../../http.ts";
import { object } from "../../json-schemas.ts";
import type { AwsError } from "./aws-error.ts";

/** A request to S3 as an operation, and how its answer is sent. */
export type BucketCall = { operation: string; input: object; answer(result: object): HttpAnswer };

export const bucketHeaders = { "content-type": "application/xml", "x-amz-request-id": randomUUID() };

/** What requests may say besides what they are; anything else is refused. */
const queries = ["versionId", "versions", "prefix", "x-id"];
const headers = ["checksum-sha256", "content-sha256", "date", "security-token", "user-agent"];

/**
 * Reads a signed request with the bucket in its path, `/bucket/key`. Undefined for requests that are not S3's.
 *
 * The answer of a failing one has to be XML, so what is not known becomes an operation that is not known.
 */
export function bucketCall(request: HttpRequest): BucketCall | undefined {
  if (!/\/s3\/aws4_request/.test(request.headers.authorization ?? "")) return undefined;
  const [, Bucket = "", ...parts] = request.path.split("/").map(decodeURIComponent);
  const Key = parts.join("/");
  const VersionId = request.query.get("versionId") ?? undefined;
  const named = { Bucket, Key, ...(VersionId === undefined ? {} : { VersionId }) };
  const unknown = [
    ...[...request.query.keys()].filter((name) => !queries.includes(name)),
    ...Object.keys(request.headers).filter(
      (name) => name.startsWith("x-amz-") && !headers.includes(name.slice("x-amz-".length)),
    ),
  ];
  const what = `${request.method} ${Key === "" ? "bucket" : "object"}`;
  if (unknown.length > 0) return call(`${what} with ${unknown.join(", ")}`, named);
  if (what === "GET bucket" && request.query.has("versions"))
    return {
      operation: "ListObjectVersions",
      input: { Bucket, Prefix: request.query.get("prefix") ?? "" },
      answer: (result) => ({ status: 200, headers: bucketHeaders, body: listXml(Bucket, result) }),
    };
  if (what === "PUT object")
    return call("PutObject", {
      Bucket,
      Key,
      Body: request.body.toString("base64"),
      ...given("ChecksumSHA256", request.headers["x-amz-checksum-sha256"]),
      ...given("IfNoneMatch", request.headers["if-none-match"]),
    });
  if (what === "GET object")
    return {
      operation: "GetObject",
      input: named,
      answer: (result) => ({ status: 200, body: Buffer.from(v.parse(gotten, result).Body, "base64") }),
    };
  if (what === "DELETE object") return { ...call("DeleteObject", named), answer: () => ({ status: 204 }) };
  return call(what, named);
}

export function bucketFailure({ name, message }: AwsError): HttpAnswer {
  const code = name === "AccessDeniedException" ? "AccessDenied" : name;
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${element("Code", code)}${element("Message", message)}</Error>`;
  return { status: statuses[code] ?? 400, headers: bucketHeaders, body };
}

const statuses: Record<string, number> = {
  AccessDenied: 403,
  MethodNotAllowed: 405,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
};

const gotten = object({ Body: v.string() });
const listed = object({
  Versions: v.array(
    object({
      Key: v.string(),
      VersionId: v.string(),
      IsLatest: v.boolean(),
      LastModified: v.string(),
      IsDeleteMarker: v.boolean(),
    }),
  ),
});

function call(operation: string, input: object): BucketCall {
  return { operation, input, answer: () => ({ status: 200, headers: bucketHeaders }) };
}

function given(name: string, value: string | undefined): object {
  return value === undefined ? {} : { [name]: value };
}

function listXml(bucket: string, result: object): string {
  const versions = v.parse(listed, result).Versions.map(({ IsDeleteMarker, ...facts }) => {
    const members = Object.entries(facts).map(([name, value]) => element(name, String(value)));
    return element(IsDeleteMarker ? "DeleteMarker" : "Version", members.join(""), true);
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListVersionsResult>${element("Name", bucket)}${element("IsTruncated", "false")}${versions.join("")}</ListVersionsResult>`;
}

function element(name: string, content: string, isXml = false): string {
  const text = isXml ? content : content.replace(/[<>&]/g, (one) => `&#${one.charCodeAt(0)};`);
  return `<${name}>${text}</${name}>`;
}
