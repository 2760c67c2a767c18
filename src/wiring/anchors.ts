import type { Platform } from "../lambda/platform.ts";
import { bucketCalls } from "../lambda/signed-call.ts";
import { AnchorBucket } from "../storage/anchor-bucket.ts";
import { AuditDays } from "../storage/audit-days.ts";
import type { Table } from "../storage/table.ts";

/** Where anchors are kept, and what they are made of. */
export function wireAnchors(bucket: string, platform: Platform, { auditTable }: { auditTable: Table }) {
  const { url, send } = bucketCalls(platform, bucket);
  return { anchors: new AnchorBucket(send, url), audit: new AuditDays(auditTable) };
}
