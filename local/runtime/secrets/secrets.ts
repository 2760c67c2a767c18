import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { LocalClock } from "../../clock.ts";
import { object } from "../../json-schemas.ts";
import type { Collection, Store } from "../../store.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import { checkInput } from "../endpoint/check-input.ts";
import type { Service } from "../endpoint/service.ts";
import { generatedValue } from "./generated-value.ts";
import type { SecretDefinition } from "./secret-definition.ts";

type Value = { SecretString?: string | undefined; SecretBinary?: string | undefined };
type Version = Value & { id: string; stages: string[]; createdAt: number };
type Secret = {
  name: string;
  arn: string;
  description?: string | undefined;
  createdAt: number;
  changedAt?: number;
  versions: Version[];
  /** The first value that the caller of the runtime gave, as JSON; a new one given later is put in its place. */
  given?: string;
};

const value = {
  SecretString: v.optional(v.string()),
  SecretBinary: v.optional(v.string()),
  ClientRequestToken: v.optional(v.string()),
};
const inputs = {
  get: object({
    SecretId: v.string(),
    VersionId: v.optional(v.string()),
    VersionStage: v.optional(v.string()),
  }),
  describe: object({ SecretId: v.string() }),
  put: object({
    SecretId: v.string(),
    ...value,
    VersionStages: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(20))),
  }),
  listVersions: object({ SecretId: v.string() }),
  stage: object({
    SecretId: v.string(),
    VersionStage: v.string(),
    RemoveFromVersionId: v.string(),
  }),
  update: object({ SecretId: v.string(), ...value, Description: v.optional(v.string()) }),
  create: object({
    Name: v.pipe(v.string(), v.regex(/^[\w/+=.@-]{1,512}$/)),
    ...value,
    Description: v.optional(v.string()),
  }),
};

/**
 * Secrets Manager for the template's secrets and those that are created by call. Versions move between the stages
 * AWSCURRENT and AWSPREVIOUS, and custom ones, as there.
 * Not served: deleting, rotating and replicating secrets, resource policies, tags.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
export class Secrets implements Service {
  readonly #clock: LocalClock;
  readonly #place: { region: string; account: string };
  readonly #secrets: Collection<Secret>;

  /**
   * @param options.values first values by logical id, construct path or name; other than strings are stored as JSON.
   *   One replaces the current value only when it is not the one that was given at an earlier start.
   */
  constructor(options: {
    clock: LocalClock;
    store: Store;
    place: { region: string; account: string };
    definitions: SecretDefinition[];
    values: Record<string, unknown>;
  }) {
    this.#clock = options.clock;
    this.#place = options.place;
    this.#secrets = options.store.collection("secretsmanager secrets");
    for (const definition of options.definitions) this.#provide(definition);
    for (const [id, value] of Object.entries(options.values)) {
      const definition = options.definitions.find(
        ({ logicalId, constructPath, name }) => id === logicalId || id === constructPath || id === name,
      );
      if (!definition)
        throw new Error(`a value is given for the secret ${id}, which the template does not have`);
      this.#give(definition.name, typeof value === "string" ? value : JSON.stringify(value));
    }
  }

  /** The ARN of the secret with this name, ARN or ARN without its last six characters. */
  arnOf(id: string): string | undefined {
    return this.#find(id)?.arn;
  }

  async handle(operation: string, input: unknown): Promise<object> {
    switch (operation) {
      case "GetSecretValue":
        return this.#getValue(checkInput(inputs.get, input));
      case "DescribeSecret":
        return describe(this.#existing(checkInput(inputs.describe, input).SecretId));
      case "ListSecrets":
        return { SecretList: this.#secrets.values().map(listed) };
      case "ListSecretVersionIds":
        return versionsOf(this.#existing(checkInput(inputs.listVersions, input).SecretId));
      case "UpdateSecretVersionStage":
        return this.#removeStage(checkInput(inputs.stage, input));
      case "PutSecretValue": {
        const {
          SecretId,
          VersionStages = ["AWSCURRENT"],
          ClientRequestToken,
          ...value
        } = checkInput(inputs.put, input);
        const secret = this.#existing(SecretId);
        const version = this.#addVersion(secret, value, ClientRequestToken, VersionStages);
        return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
      }
      case "UpdateSecret": {
        const { SecretId, Description, ClientRequestToken, ...value } = checkInput(inputs.update, input);
        const secret = this.#existing(SecretId);
        if (Description !== undefined) secret.description = Description;
        const version = hasValue(value)
          ? this.#addVersion(secret, value, ClientRequestToken, ["AWSCURRENT"])
          : undefined;
        this.#keep(secret);
        return { ARN: secret.arn, Name: secret.name, ...(version && { VersionId: version.id }) };
      }
      case "CreateSecret":
        return this.#create(checkInput(inputs.create, input));
      default:
        throw new AwsError(
          "UnknownOperationException",
          `${operation}: the local Secrets Manager does not know it`,
        );
    }
  }

  #provide(definition: SecretDefinition): void {
    if (this.#secrets.get(definition.name)) return;
    const { name, arn, description, value, generate } = definition;
    const secret: Secret = { name, arn, description, createdAt: this.#clock.now(), versions: [] };
    const first = value ?? (generate && generatedValue(generate));
    if (first === undefined) this.#keep(secret);
    else this.#addVersion(secret, { SecretString: first }, undefined, ["AWSCURRENT"]);
  }

  #give(name: string, value: string): void {
    const secret = this.#secrets.get(name);
    if (!secret || secret.given === value) return;
    secret.given = value;
    this.#addVersion(secret, { SecretString: value }, undefined, ["AWSCURRENT"]);
  }

  #create(input: v.InferOutput<typeof inputs.create>): object {
    const { Name: name, Description: description, ClientRequestToken, ...value } = input;
    const existing = this.#secrets.get(name);
    if (existing && !existing.versions.some(({ id }) => id === ClientRequestToken))
      throw new AwsError(
        "ResourceExistsException",
        `The operation failed because the secret ${name} already exists.`,
      );
    const { region, account } = this.#place;
    const suffix = randomUUID().slice(0, 6);
    const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix}`;
    const secret = existing ?? { name, arn, description, createdAt: this.#clock.now(), versions: [] };
    this.#keep(secret);
    if (!hasValue(value)) return { ARN: secret.arn, Name: name };
    const version = this.#addVersion(secret, value, ClientRequestToken, ["AWSCURRENT"]);
    return { ARN: secret.arn, Name: name, VersionId: version.id };
  }

  #getValue(input: v.InferOutput<typeof inputs.get>): object {
    const secret = this.#existing(input.SecretId);
    const stage = input.VersionStage ?? (input.VersionId === undefined ? "AWSCURRENT" : undefined);
    const version = secret.versions.find(
      ({ id, stages }) =>
        (input.VersionId === undefined || id === input.VersionId) &&
        (stage === undefined || stages.includes(stage)),
    );
    if (!version)
      throw new AwsError(
        "ResourceNotFoundException",
        `Secrets Manager can't find the specified secret value for ${stage === undefined ? `VersionId: ${input.VersionId}` : `staging label: ${stage}`}`,
      );
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      SecretString: version.SecretString,
      SecretBinary: version.SecretBinary,
      VersionStages: version.stages,
      CreatedDate: version.createdAt / 1000,
    };
  }

  /** The stages move to the new version; what was current becomes previous. Versions without a stage are forgotten. */
  #addVersion(secret: Secret, value: Value, token: string | undefined, stages: string[]): Version {
    if (!hasValue(value) || (value.SecretString !== undefined && value.SecretBinary !== undefined))
      throw new AwsError(
        "InvalidRequestException",
        "You must provide either SecretString or SecretBinary, and not both.",
      );
    const size = Buffer.byteLength(value.SecretString ?? value.SecretBinary ?? "");
    if (size === 0 || size > 65_536)
      throw new AwsError("InvalidParameterException", "A secret value has 1 to 65536 bytes.");
    const existing = secret.versions.find(({ id }) => id === token);
    if (existing) {
      if (existing.SecretString === value.SecretString && existing.SecretBinary === value.SecretBinary)
        return existing;
      throw new AwsError(
        "ResourceExistsException",
        `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
      );
    }
    const isFirst = secret.versions.length === 0;
    const version: Version = {
      id: token ?? randomUUID(),
      stages: isFirst && !stages.includes("AWSCURRENT") ? [...stages, "AWSCURRENT"] : [...stages],
      createdAt: this.#clock.now(),
      ...value,
    };
    const replacesCurrent = version.stages.includes("AWSCURRENT");
    for (const other of secret.versions) {
      const wasCurrent = other.stages.includes("AWSCURRENT");
      other.stages = other.stages.filter(
        (stage) => !version.stages.includes(stage) && !(replacesCurrent && stage === "AWSPREVIOUS"),
      );
      if (replacesCurrent && wasCurrent) other.stages.push("AWSPREVIOUS");
    }
    secret.versions = [...secret.versions.filter(({ stages: kept }) => kept.length > 0), version];
    secret.changedAt = this.#clock.now();
    this.#keep(secret);
    return version;
  }

  /** Stages are only taken off here; putting a value moves them. A version without a stage is forgotten. */
  #removeStage(input: v.InferOutput<typeof inputs.stage>): object {
    const { SecretId, VersionStage, RemoveFromVersionId } = input;
    const secret = this.#existing(SecretId);
    const version = secret.versions.find(({ id }) => id === RemoveFromVersionId);
    if (VersionStage === "AWSCURRENT" || !version?.stages.includes(VersionStage))
      throw new AwsError(
        "InvalidParameterException",
        `The staging label ${VersionStage} can't be removed from version ${RemoveFromVersionId}.`,
      );
    version.stages = version.stages.filter((stage) => stage !== VersionStage);
    secret.versions = secret.versions.filter(({ stages }) => stages.length > 0);
    secret.changedAt = this.#clock.now();
    this.#keep(secret);
    return { ARN: secret.arn, Name: secret.name };
  }

  #existing(id: string): Secret {
    const secret = this.#find(id);
    if (!secret)
      throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    return secret;
  }

  #find(id: string): Secret | undefined {
    return (
      this.#secrets.get(id) ??
      this.#secrets.values().find(({ arn }) => arn === id || arn.replace(/-[^-]{6}$/, "") === id)
    );
  }

  #keep(secret: Secret): void {
    this.#secrets.set(secret.name, secret);
  }
}

function hasValue(value: Value): boolean {
  return value.SecretString !== undefined || value.SecretBinary !== undefined;
}

function listed(secret: Secret): object {
  const stages = Object.fromEntries(secret.versions.map((version) => [version.id, version.stages]));
  return { ...facts(secret), SecretVersionsToStages: stages };
}

function versionsOf({ arn, name, versions }: Secret): object {
  const Versions = versions.map(({ id, stages, createdAt }) => ({
    VersionId: id,
    VersionStages: stages,
    CreatedDate: createdAt / 1000,
  }));
  return { ARN: arn, Name: name, Versions };
}

function describe(secret: Secret): object {
  const stages = Object.fromEntries(secret.versions.map((version) => [version.id, version.stages]));
  return { ...facts(secret), VersionIdsToStages: stages };
}

function facts(secret: Secret): object {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    CreatedDate: secret.createdAt / 1000,
    ...(secret.changedAt === undefined ? {} : { LastChangedDate: secret.changedAt / 1000 }),
  };
}
