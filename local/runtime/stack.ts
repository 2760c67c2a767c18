import { type BucketDefinition, readBuckets } from "./buckets/bucket-definition.ts";
import { readTables, type TableDefinition } from "./database/table-definition.ts";
import { type HttpApi, readHttpApi } from "./front-door/http-api-definition.ts";
import {
  type BackgroundSettings,
  type FunctionDefinition,
  type InvokePermission,
  readBackgroundSettings,
  readFunctions,
  readInvokePermissions,
} from "./functions/function-definition.ts";
import type { Role } from "./permissions/permissions.ts";
import { readRoles } from "./permissions/roles.ts";
import {
  type EventSource,
  type QueueDefinition,
  readEventSources,
  readQueues,
} from "./queues/queue-definition.ts";
import { readSchedules, type ScheduleDefinition } from "./schedules/schedule-definition.ts";
import { readSecrets, type SecretDefinition } from "./secrets/secret-definition.ts";
import { readStateMachines, type StateMachineDefinition } from "./state-machine-definition.ts";
import { type Assets, StackReader } from "./template/stack-reader.ts";
import type { Place } from "./template/template.ts";

/** Everything of a template that the runtime serves, with names, ARNs and values worked out. */
export type Stack = {
  place: Place;
  roles: Role[];
  functions: FunctionDefinition[];
  invokePermissions: InvokePermission[];
  backgroundSettings: BackgroundSettings[];
  tables: TableDefinition[];
  queues: QueueDefinition[];
  eventSources: EventSource[];
  buckets: BucketDefinition[];
  secrets: SecretDefinition[];
  stateMachines: StateMachineDefinition[];
  httpApi: HttpApi | undefined;
  schedules: ScheduleDefinition[];
};

/**
 * Reads a synthesized CloudFormation template. Throws `TemplateError` for whatever would otherwise be ignored.
 * @param environment variables by function name that win over the template's
 */
export function readStack(
  template: unknown,
  place: Place,
  assets: Assets,
  environment: (functionName: string) => Record<string, string> = () => ({}),
): Stack {
  const reader = new StackReader(template, place, assets);
  const roles = readRoles(reader);
  const functions = readFunctions(reader, roles, environment);
  const queues = readQueues(reader);
  const stateMachines = readStateMachines(reader, roles);
  const arns = (resources: { arn: string }[]) => resources.map(({ arn }) => arn);
  return {
    place,
    roles,
    functions,
    invokePermissions: readInvokePermissions(reader),
    backgroundSettings: readBackgroundSettings(reader, arns(queues)),
    tables: readTables(reader),
    queues,
    eventSources: readEventSources(reader, queues, functions),
    buckets: readBuckets(reader),
    secrets: readSecrets(reader),
    stateMachines,
    httpApi: readHttpApi(reader),
    schedules: readSchedules(reader, [
      ...functions.flatMap(({ arn, qualifiers }) => [arn, ...qualifiers.map((name) => `${arn}:${name}`)]),
      ...arns(stateMachines),
    ]),
  };
}
