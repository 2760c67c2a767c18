import {
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import type { Connection } from "./connection.ts";

export type Stage = "AWSCURRENT" | "AWSPREVIOUS";
export type Slot = { versionId: string; since: number; value: unknown };

/** The value in one of the two slots of a secret; undefined when there is none. */
export async function readSlot(
  { secrets, stackName }: Connection,
  name: string,
  VersionStage: Stage,
): Promise<Slot | undefined> {
  try {
    const command = new GetSecretValueCommand({ SecretId: `${stackName}/${name}`, VersionStage });
    const { VersionId = "", SecretString = "", CreatedDate } = await secrets.send(command);
    return { versionId: VersionId, since: CreatedDate?.getTime() ?? 0, value: JSON.parse(SecretString) };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Makes it the current value; what was current becomes the previous one. */
export async function putCurrent(
  { secrets, stackName }: Connection,
  name: string,
  value: unknown,
): Promise<void> {
  const SecretString = JSON.stringify(value);
  await secrets.send(new PutSecretValueCommand({ SecretId: `${stackName}/${name}`, SecretString }));
}

/** Empties the slot of the previous value. */
export async function dropPrevious({ secrets, stackName }: Connection, name: string): Promise<void> {
  const SecretId = `${stackName}/${name}`;
  const VersionStage: Stage = "AWSPREVIOUS";
  const { Versions = [] } = await secrets.send(new ListSecretVersionIdsCommand({ SecretId }));
  const previous = Versions.find(({ VersionStages = [] }) => VersionStages.includes(VersionStage));
  if (previous?.VersionId === undefined) return;
  const { VersionId: RemoveFromVersionId } = previous;
  await secrets.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId }));
}
