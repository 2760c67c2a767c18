import * as v from "valibot";
import type { ActionName } from "./action-names.ts";

const objectId = v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/, "24 hexadecimal digits"));

const onUser = v.strictObject({ user: objectId });
const memberships = v.strictObject({ user: objectId, groups: v.pipe(v.array(objectId), v.minLength(1)) });
const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(255));

/** An action, for whoever does not do it. */
export type ActionShape = {
  inputs: v.GenericSchema & { entries: Record<string, v.GenericSchema> };
  /** Gives somebody access, or makes it easier to come in: not done while all grants are stopped. */
  gives?: true;
  /** Whoever asks for it may be somebody else than they say. */
  checksIdentity?: true;
};

/** Everything that can be done in JumpCloud without a request for access, and what it takes. */
export const actionShapes = {
  // To an account.
  "activate-user": { inputs: v.strictObject({ user: objectId, mail: v.boolean() }), gives: true },
  "suspend-user": { inputs: onUser },
  "unsuspend-user": { inputs: onUser, gives: true },
  "lock-account": { inputs: onUser, checksIdentity: true },
  "unlock-account": { inputs: onUser, gives: true, checksIdentity: true },
  "expire-password": { inputs: onUser, checksIdentity: true },
  "send-password-mail": { inputs: onUser, gives: true, checksIdentity: true },
  "reset-mfa": {
    inputs: v.strictObject({
      user: objectId,
      hours: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(72)),
    }),
    gives: true,
    checksIdentity: true,
  },
  "update-attributes": {
    inputs: v.strictObject({
      user: objectId,
      fields: v.optional(v.record(v.string(), v.nullable(v.string())), {}),
      attributes: v.optional(v.record(v.pipe(v.string(), v.regex(/^[A-Za-z0-9]+$/)), v.string()), {}),
    }),
  },
  "set-manager": { inputs: v.strictObject({ user: objectId, manager: v.nullable(objectId) }) },
  "schedule-change": {
    inputs: v.strictObject({
      user: objectId,
      state: v.picklist(["ACTIVATED", "SUSPENDED"]),
      at: v.pipe(v.number(), v.integer()),
    }),
  },
  "cancel-scheduled-change": {
    inputs: v.strictObject({ user: objectId, state: v.picklist(["ACTIVATED", "SUSPENDED"]) }),
  },
  "create-user": {
    inputs: v.strictObject({
      username: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]*$/)),
      email: v.pipe(v.string(), v.email()),
      fields: v.optional(v.record(v.string(), v.string()), {}),
      attributes: v.optional(v.record(v.pipe(v.string(), v.regex(/^[A-Za-z0-9]+$/)), v.string()), {}),
      manager: v.optional(objectId),
    }),
  },
  "delete-user": { inputs: v.strictObject({ user: objectId, reportsTo: v.optional(objectId) }) },
  // To a group, beside its members.
  "create-group": { inputs: v.strictObject({ name, description: v.optional(v.string(), "") }) },
  "describe-group": {
    inputs: v.strictObject({ group: objectId, name: v.optional(name), description: v.optional(v.string()) }),
  },
  "bind-application": { inputs: v.strictObject({ group: objectId, application: objectId }), gives: true },
  "unbind-application": { inputs: v.strictObject({ group: objectId, application: objectId }) },
  "add-exemption": { inputs: v.strictObject({ group: objectId, user: objectId }) },
  "remove-exemption": { inputs: v.strictObject({ group: objectId, user: objectId }), gives: true },
  // To memberships.
  "add-to-groups": { inputs: memberships, gives: true },
  "remove-from-groups": { inputs: memberships },
  // To people who come, change and go.
  "take-snapshot": { inputs: onUser },
  "end-access": { inputs: onUser },
  "leave-groups": { inputs: onUser },
  "leave-applications": { inputs: onUser },
  "hand-over-reports": { inputs: v.strictObject({ user: objectId, to: objectId }) },
  "restore-user": { inputs: onUser, gives: true },
  "change-bundles": {
    inputs: v.strictObject({
      user: objectId,
      groups: v.array(objectId),
      keepFor: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(300))),
    }),
    gives: true,
  },
} satisfies Record<ActionName, ActionShape>;

export function shapeOf(action: ActionName): ActionShape {
  return actionShapes[action];
}
