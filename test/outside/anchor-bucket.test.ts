import { expect, test } from "vitest";
import { anchorOf } from "../../src/audit/anchor.ts";
import { StorageUnavailableError } from "../../src/errors.ts";
import { AnchorBucket } from "../../src/storage/anchor-bucket.ts";

const anchor = anchorOf("2026-11-20", undefined, [{ requestId: "10000-1", sequence: 2, hash: "ab" }]);

/** A bucket that gives these answers, in turn. */
function bucket(...answers: (Response | Error)[]) {
  const sent: { url: string; init: RequestInit | undefined }[] = [];
  const opened = new AnchorBucket(async (url, init) => {
    sent.push({ url, init });
    const answer = answers.shift();
    if (answer instanceof Response) return answer;
    throw answer ?? new Error("nothing more was expected");
  }, "https://anchors.example");
  return { opened, sent };
}

const version = (day: string, id: string) =>
  `<Version><Key>${day}.json</Key><VersionId>${id}</VersionId><IsLatest>true</IsLatest></Version>`;
const list = (...parts: string[]) =>
  new Response(`<ListVersionsResult>${parts.join("")}</ListVersionsResult>`);

test("a list of more than one page is read to its end, and of each object the first version counts", async () => {
  const { opened, sent } = bucket(
    list(
      version("2026-11-19", "a+1"),
      version("2026-11-20", "b/3"),
      "<DeleteMarker><Key>2026-11-20.json</Key><VersionId>b/2</VersionId></DeleteMarker>",
      "<NextKeyMarker>2026-11-20.json</NextKeyMarker><NextVersionIdMarker>b/2</NextVersionIdMarker>",
    ),
    list(version("2026-11-20", "b/1")),
    Response.json({ ...anchor, day: "2026-11-19" }),
    Response.json(anchor),
  );
  const days: string[] = [];
  for await (const { day } of opened) days.push(day);
  expect(days).toEqual(["2026-11-19", "2026-11-20"]);
  expect(sent.map(({ url }) => url.replace("https://anchors.example", ""))).toEqual([
    "?versions=",
    "?versions=&key-marker=2026-11-20.json&version-id-marker=b%2F2",
    "/2026-11-19.json?versionId=a%2B1",
    "/2026-11-20.json?versionId=b%2F1",
  ]);
});

test("an anchor proves that it arrives whole, and takes nobody's place", async () => {
  const { opened, sent } = bucket(
    new Response(""),
    new Response("", { status: 412 }),
    new Response("", { status: 409 }),
  );
  expect(await opened.add(anchor)).toBe(true);
  expect(await opened.add(anchor)).toBe(false);
  expect(await opened.add(anchor)).toBe(false);
  expect(sent[0]?.init).toMatchObject({
    method: "PUT",
    headers: { "if-none-match": "*", "x-amz-checksum-sha256": expect.stringMatching(/^[\w+/]{43}=$/) },
  });
});

test.each<[string, (opened: AnchorBucket) => Promise<unknown>, Response | Error]>([
  ["a list that is refused", (opened) => opened.last("2027"), new Response("", { status: 403 })],
  ["a bucket that does not answer", (opened) => opened.last("2027"), new Error("connection reset")],
  ["an anchor that cannot be written", (opened) => opened.add(anchor), new Response("", { status: 503 })],
])("%s is storage that is not there, to be tried again", async (_, call, answer) => {
  await expect(call(bucket(answer).opened)).rejects.toThrow(StorageUnavailableError);
});
