import { randomUUID } from "node:crypto";
import type * as v from "valibot";
import type { LocalClock } from "../../clock.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import { checkArn, checkName, type inputs, pageOf } from "./api.ts";
import type { Machine, Problem } from "./definition.ts";
import type { ExecutionRecord, Journal, MachineRecord, RevisionRecord } from "./journal.ts";
import { parseDefinition } from "./parse.ts";

type Input<Operation extends keyof typeof inputs> = v.InferOutput<(typeof inputs)[Operation]>;

const noLogging = { level: "OFF", includeExecutionData: false };
const noTracing = { enabled: false };

/** The state machines: their definitions, roles and tags. */
export class Machines {
  readonly #journal: Journal;
  readonly #clock: LocalClock;
  readonly #prefix: string;
  readonly #parsed = new Map<string, Machine>();

  constructor(journal: Journal, clock: LocalClock, region: string, account: string) {
    this.#journal = journal;
    this.#clock = clock;
    this.#prefix = `arn:aws:states:${region}:${account}:stateMachine:`;
  }

  /** @throws AwsError InvalidDefinition */
  define(machine: {
    arn: string;
    name: string;
    definition: string;
    roleArn: string;
    aliases?: string[] | undefined;
  }): void {
    refuseProblems(parseDefinition(machine.definition).problems);
    const known = this.#journal.machines.get(machine.arn);
    if (known) this.#revise(known, machine);
    const record = known ?? this.#add(machine, { logging: noLogging, tracing: noTracing, tags: {} });
    if (machine.aliases?.length) this.#publish(record, machine.aliases);
  }

  /** Makes the present revision a version, unless it is the newest one, and lets the aliases lead to it. */
  #publish(machine: MachineRecord, aliases: string[]): void {
    const { versions = [], revision } = machine;
    machine.versions = versions.at(-1) === revision ? versions : [...versions, revision];
    const number = machine.versions.length;
    machine.aliases = Object.fromEntries(aliases.map((name) => [name, number]));
    this.#journal.commit(() => this.#journal.machines.set(machine.arn, machine));
  }

  /**
   * What an execution is started with, by the ARN of a machine, of one of its versions or of an alias.
   *
   * @throws AwsError InvalidArn, StateMachineDoesNotExist
   */
  resolve(arn: string): Pick<ExecutionRecord, "machineArn" | "versionArn" | "aliasArn" | "revision"> {
    const [, base = arn, qualifier] = /^(.*:stateMachine:[^:]+):([^:]+)$/.exec(arn) ?? [];
    const machine = this.get(base);
    if (qualifier === undefined) return { machineArn: base, revision: machine.revision };
    const alias = machine.aliases?.[qualifier];
    const number = alias ?? Number(qualifier);
    const revision = machine.versions?.[number - 1];
    if (revision === undefined)
      throw new AwsError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
    return {
      machineArn: base,
      revision,
      versionArn: `${base}:${number}`,
      ...(alias === undefined ? {} : { aliasArn: arn }),
    };
  }

  create(input: Input<"CreateStateMachine">): object {
    checkName(input.name);
    refuseVariants(input);
    refuseProblems(parseDefinition(input.definition).problems);
    const arn = this.#prefix + input.name;
    const known = this.#journal.machines.get(arn);
    const logging = input.loggingConfiguration ?? noLogging;
    const tracing = input.tracingConfiguration ?? noTracing;
    if (!known) {
      const tags = Object.fromEntries((input.tags ?? []).map(({ key, value }) => [key, value]));
      return created(arn, this.#add({ ...input, arn }, { logging, tracing, tags }));
    }
    // The role and the tags do not count: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
    const isSame =
      this.revisionOf(known.revision).definition === input.definition &&
      JSON.stringify([known.logging, known.tracing]) === JSON.stringify([logging, tracing]);
    if (!isSame) throw new AwsError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
    return created(arn, known);
  }

  update(input: Input<"UpdateStateMachine">): object {
    const known = this.get(input.stateMachineArn);
    refuseVariants(input);
    const { definition, roleArn, loggingConfiguration, tracingConfiguration } = input;
    if (
      [definition, roleArn, loggingConfiguration, tracingConfiguration].every((field) => field === undefined)
    )
      throw new AwsError(
        "MissingRequiredParameter",
        "one of definition, roleArn, loggingConfiguration and tracingConfiguration is required",
      );
    if (definition !== undefined) refuseProblems(parseDefinition(definition).problems);
    known.logging = loggingConfiguration ?? known.logging;
    known.tracing = tracingConfiguration ?? known.tracing;
    const revision = this.revisionOf(known.revision);
    const revisionId = this.#revise(known, {
      definition: definition ?? revision.definition,
      roleArn: roleArn ?? revision.roleArn,
    });
    return { updateDate: this.revisionOf(known.revision).updated / 1000, revisionId };
  }

  describe(arn: string): object {
    const machine = this.get(arn);
    const { definition, roleArn } = this.revisionOf(machine.revision);
    return {
      stateMachineArn: machine.arn,
      name: machine.name,
      status: "ACTIVE",
      definition,
      roleArn,
      type: "STANDARD",
      creationDate: machine.created / 1000,
      loggingConfiguration: machine.logging,
      tracingConfiguration: machine.tracing,
      ...(machine.revisionId ? { revisionId: machine.revisionId } : {}),
    };
  }

  /** What an execution was started with, which an update since then has not changed. */
  describeRevision(key: string): object {
    const revision = this.revisionOf(key);
    const machine = this.#journal.machines.get(revision.machineArn);
    return {
      stateMachineArn: revision.machineArn,
      name: revision.name,
      definition: revision.definition,
      roleArn: revision.roleArn,
      updateDate: revision.updated / 1000,
      loggingConfiguration: machine?.logging ?? noLogging,
      tracingConfiguration: machine?.tracing ?? noTracing,
    };
  }

  list(input: Input<"ListStateMachines">): object {
    const all = this.#journal.machines.values().sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = pageOf(all, (machine) => machine.arn, input);
    return {
      stateMachines: items.map((machine) => ({
        stateMachineArn: machine.arn,
        name: machine.name,
        type: "STANDARD",
        creationDate: machine.created / 1000,
      })),
      ...(nextToken ? { nextToken } : {}),
    };
  }

  /** Forgets a machine and its definitions; unknown ones are fine. */
  delete(arn: string): void {
    checkArn(arn, "stateMachine");
    this.#journal.machines.delete(arn);
    for (const [key, revision] of this.#journal.revisions.entries())
      if (revision.machineArn === arn) this.#journal.revisions.delete(key);
  }

  validate(input: Input<"ValidateStateMachineDefinition">): object {
    const { problems } = parseDefinition(input.definition);
    const most = input.maxResults || 100;
    return {
      result: problems.length === 0 ? "OK" : "FAIL",
      diagnostics: problems.slice(0, most).map((problem) => ({ severity: "ERROR", ...problem })),
      truncated: problems.length > most,
    };
  }

  tags(arn: string): Record<string, string> {
    const machine = this.#journal.machines.get(arn);
    if (!machine) throw new AwsError("ResourceNotFound", `Resource not found: '${arn}'`);
    return machine.tags;
  }

  setTags(arn: string, tags: Record<string, string>): void {
    this.tags(arn);
    const machine = this.get(arn);
    machine.tags = tags;
    this.#journal.machines.set(arn, machine);
  }

  /** @throws AwsError InvalidArn, StateMachineDoesNotExist */
  get(arn: string): MachineRecord {
    checkArn(arn, "stateMachine");
    const machine = this.#journal.machines.get(arn);
    if (!machine) throw new AwsError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }

  revisionOf(key: string): RevisionRecord {
    const revision = this.#journal.revisions.get(key);
    if (!revision) throw new Error(`the revision ${key} is lost`);
    return revision;
  }

  parsed(key: string): Machine {
    const known = this.#parsed.get(key);
    if (known) return known;
    const { machine, problems } = parseDefinition(this.revisionOf(key).definition);
    refuseProblems(problems);
    this.#parsed.set(key, machine);
    return machine;
  }

  #add(
    machine: { arn: string; name: string; definition: string; roleArn: string },
    options: Pick<MachineRecord, "logging" | "tracing" | "tags">,
  ): MachineRecord {
    const { arn, name, definition, roleArn } = machine;
    const now = this.#clock.now();
    const record: MachineRecord = { arn, name, created: now, revision: `${arn} ${randomUUID()}`, ...options };
    this.#journal.commit(() => {
      this.#journal.revisions.set(record.revision, {
        machineArn: arn,
        name,
        definition,
        roleArn,
        updated: now,
      });
      this.#journal.machines.set(arn, record);
    });
    return record;
  }

  /** A revision that says nothing new keeps its id. */
  #revise(machine: MachineRecord, change: { definition: string; roleArn: string }): string | undefined {
    const current = this.revisionOf(machine.revision);
    const { definition, roleArn } = change;
    const isSame = current.definition === definition && current.roleArn === roleArn;
    this.#journal.commit(() => {
      if (!isSame) {
        machine.revisionId = randomUUID();
        machine.revision = `${machine.arn} ${machine.revisionId}`;
        const updated = this.#clock.now();
        this.#journal.revisions.set(machine.revision, { ...current, definition, roleArn, updated });
      }
      this.#journal.machines.set(machine.arn, machine);
    });
    return machine.revisionId;
  }
}

function created(arn: string, record: MachineRecord): object {
  return { stateMachineArn: arn, creationDate: record.created / 1000 };
}

function refuseVariants(input: { type?: string | undefined; publish?: boolean | undefined }): void {
  if (input.type !== undefined && input.type !== "STANDARD")
    throw new AwsError(
      "ValidationException",
      `the local runtime has STANDARD machines only, not ${input.type}`,
    );
  if (input.publish)
    throw new AwsError(
      "ValidationException",
      "the local runtime publishes versions of the template only: 'publish' cannot be true",
    );
}

const mostShown = 10;

function refuseProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const shown = problems
    .slice(0, mostShown)
    .map(({ code, message, location }) => `${code}: ${message} at ${location}`);
  const more = problems.length > mostShown ? ` (and ${problems.length - mostShown} more)` : "";
  throw new AwsError("InvalidDefinition", `Invalid State Machine Definition: '${shown.join("; ")}'${more}`);
}
