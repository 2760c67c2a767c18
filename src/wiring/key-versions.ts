import * as v from "valibot";
import type { Platform } from "../lambda/platform.ts";
import { signedCall } from "../lambda/signed-call.ts";

const Version = v.object({
  VersionStages: v.optional(v.array(v.string()), []),
  /** Seconds since 1970. */
  CreatedDate: v.number(),
});
const Versions = v.object({ Versions: v.optional(v.array(Version), []) });

/** When the current version of a secret was made; its value is not read. */
export function wireKeyVersions(platform: Platform) {
  return async (SecretId: string): Promise<number | undefined> => {
    const answer = await signedCall(platform, "secretsmanager", "ListSecretVersionIds", { SecretId });
    const current = v
      .parse(Versions, answer)
      .Versions.find(({ VersionStages }) => VersionStages.includes("AWSCURRENT"));
    return current && current.CreatedDate * 1000;
  };
}
