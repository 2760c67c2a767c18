import * as v from "valibot";
import { object, positive, strictObject, timestamp, wholeNumber } from "../../json-schemas.ts";

/** The shapes of a directory user ("system user"): as kept and answered, as created, and as changed. */

const text = v.pipe(v.string(), v.maxLength(1024));

/** The fields that are plain text and may be missing. */
const texts = [
  "alternateEmail",
  "company",
  "costCenter",
  "department",
  "description",
  "displayname",
  "employeeIdentifier",
  "employeeType",
  "external_dn",
  "external_source_type",
  "external_password_expiration_date",
  "firstname",
  "jobTitle",
  "lastname",
  "location",
  "managedAppleId",
  "manager",
  "middlename",
  "public_key",
] as const;

const flags = [
  "account_locked",
  "allow_public_key",
  "disableDeviceMaxLoginAttempts",
  "enable_managed_uid",
  "enable_user_portal_multifactor",
  "ldap_binding_user",
  "password_never_expires",
  "samba_service_user",
  "sudo",
  "suspended",
] as const;

const address = object({
  type: v.exactOptional(text),
  poBox: v.exactOptional(text),
  extendedAddress: v.exactOptional(text),
  streetAddress: v.exactOptional(text),
  locality: v.exactOptional(text),
  region: v.exactOptional(text),
  postalCode: v.exactOptional(text),
  country: v.exactOptional(text),
});

const lists = {
  addresses: v.array(address),
  attributes: v.array(object({ name: v.pipe(v.string(), v.nonEmpty()), value: text })),
  phoneNumbers: v.array(object({ type: v.exactOptional(text), number: v.exactOptional(text) })),
  relationships: v.array(object({ type: v.string(), value: v.string() })),
  restrictedFields: v.array(object({ field: v.string(), type: v.string(), id: v.exactOptional(v.string()) })),
};

const mfa = object({
  configured: v.exactOptional(v.boolean()),
  exclusion: v.exactOptional(v.boolean()),
  exclusionDays: v.exactOptional(positive),
  exclusionUntil: v.exactOptional(timestamp),
});

const owner = object({ id: v.exactOptional(v.string()), name: v.literal("ActiveDirectory") });
const email = v.pipe(text, v.regex(/^[^\s@]+@[^\s@]+$/, "expected an e-mail address"));
const username = v.pipe(text, v.nonEmpty(), v.regex(/^\S+$/, "must not contain spaces"));
const sshKey = object({
  name: v.pipe(v.string(), v.nonEmpty()),
  public_key: v.pipe(v.string(), v.nonEmpty()),
});
const enrollment = v.picklist([
  "NOT_ENROLLED",
  "DISABLED",
  "PENDING_ACTIVATION",
  "ENROLLMENT_EXPIRED",
  "IN_ENROLLMENT",
  "PRE_ENROLLMENT",
  "ENROLLED",
]);

const userRecord = v.object({
  ...v.entriesFromList(texts, v.exactOptional(text)),
  ...v.entriesFromList(flags, v.boolean()),
  ...lists,
  _id: v.string(),
  organization: v.string(),
  created: v.string(),
  creationSource: v.string(),
  username: v.string(),
  email: v.string(),
  state: v.picklist(["STAGED", "ACTIVATED", "SUSPENDED"]),
  /** Whether there is a working password; says nothing about `state`. */
  activated: v.boolean(),
  account_locked_date: v.exactOptional(v.string()),
  admin: v.exactOptional(object({ id: v.string(), roleName: v.string(), roleNames: v.array(v.string()) })),
  badLoginAttempts: wholeNumber,
  delegatedAuthority: v.exactOptional(owner),
  mfa,
  mfaEnrollment: object({
    overallStatus: enrollment,
    totpStatus: enrollment,
    webAuthnStatus: enrollment,
    pushStatus: enrollment,
    jcGoStatus: enrollment,
  }),
  password_date: v.exactOptional(v.string()),
  password_expiration_date: v.exactOptional(v.string()),
  password_expired: v.boolean(),
  passwordless_sudo: v.boolean(),
  recoveryEmail: v.exactOptional(object({ address: v.string(), verified: v.boolean() })),
  ssh_keys: v.array(
    object({ _id: v.string(), create_date: v.string(), name: v.string(), public_key: v.string() }),
  ),
  totp_enabled: v.boolean(),
  unix_uid: wholeNumber,
  unix_guid: wholeNumber,
});
export type User = v.InferOutput<typeof userRecord>;
export type UserState = User["state"];

const writable = {
  ...v.entriesFromList(texts, v.exactOptional(v.nullable(text))),
  ...v.entriesFromList(flags, v.exactOptional(v.boolean())),
  addresses: v.exactOptional(lists.addresses),
  attributes: v.exactOptional(lists.attributes),
  phoneNumbers: v.exactOptional(lists.phoneNumbers),
  relationships: v.exactOptional(lists.relationships),
  restrictedFields: v.exactOptional(lists.restrictedFields),
  delegatedAuthority: v.exactOptional(owner),
  employeeIdentifier: v.exactOptional(v.nullable(v.pipe(v.string(), v.maxLength(256)))),
  mfa: v.exactOptional(mfa),
  password: v.exactOptional(v.string()),
  unix_uid: v.exactOptional(positive),
  unix_guid: v.exactOptional(positive),
};

/** The body of `POST /api/systemusers`. Fields that are not in it are ignored. */
export const userCreation = object({
  ...writable,
  username,
  email,
  state: v.exactOptional(v.picklist(["STAGED", "ACTIVATED", "SUSPENDED"])),
  activated: v.exactOptional(v.boolean()),
  passwordless_sudo: v.exactOptional(v.boolean()),
  recoveryEmail: v.exactOptional(object({ address: v.string() })),
});
export type UserCreation = v.InferOutput<typeof userCreation>;

/** The body of `PUT /api/systemusers/{id}`: what is not sent stays, null clears. A user cannot go back to STAGED. */
export const userChange = object({
  ...writable,
  username: v.exactOptional(username),
  email: v.exactOptional(email),
  state: v.exactOptional(v.picklist(["ACTIVATED", "SUSPENDED"])),
  ssh_keys: v.exactOptional(v.array(sshKey)),
});
export type UserChange = v.InferOutput<typeof userChange>;

/** The body of `POST /api/systemusers/{id}/sshkeys`. */
export const sshKeyBody = sshKey;

/** Any fields but the id: what can come about without the API. */
export const userEdit = strictObject(v.partial(v.omit(userRecord, ["_id"])).entries);

/** The user with the fields put in place of its own; null takes a field away, and unknown fields are dropped. */
export function withFields(user: object, fields: object): User {
  const merged = Object.entries({ ...user, ...fields }).filter(([, value]) => value !== null);
  return v.parse(userRecord, Object.fromEntries(merged));
}
