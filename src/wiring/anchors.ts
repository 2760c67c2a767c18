import type { Platform } from "../lambda/platform.ts";
import { bucketCalls } from "../lambda/signed-call.ts";
import { AnchorBucket } from "../storage/anchor-bucket.ts";

export function wireAnchors(bucket: string, platform: Platform): AnchorBucket {
  const { url, send } = bucketCalls(platform, bucket);
  return new AnchorBucket(send, url);
}
