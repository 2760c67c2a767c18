import * as z from "zod/mini";

/** The shapes of a directory user ("system user"): as kept and answered, as created, and as changed. */

const text = z.string().check(z.maxLength(1024));
const nullable = z.exactOptional(z.nullable(text));

/** The fields that are plain text and may be missing. */
const texts = <Text extends z.ZodMiniType>(optional: Text) => ({
  alternateEmail: optional,
  company: optional,
  costCenter: optional,
  department: optional,
  description: optional,
  displayname: optional,
  employeeIdentifier: optional,
  employeeType: optional,
  external_dn: optional,
  external_source_type: optional,
  external_password_expiration_date: optional,
  firstname: optional,
  jobTitle: optional,
  lastname: optional,
  location: optional,
  managedAppleId: optional,
  manager: optional,
  middlename: optional,
  public_key: optional,
});

const flags = <Flag extends z.ZodMiniType>(flag: Flag) => ({
  account_locked: flag,
  allow_public_key: flag,
  disableDeviceMaxLoginAttempts: flag,
  enable_managed_uid: flag,
  enable_user_portal_multifactor: flag,
  ldap_binding_user: flag,
  password_never_expires: flag,
  samba_service_user: flag,
  sudo: flag,
  suspended: flag,
});

const address = z.object({
  type: z.exactOptional(text),
  poBox: z.exactOptional(text),
  extendedAddress: z.exactOptional(text),
  streetAddress: z.exactOptional(text),
  locality: z.exactOptional(text),
  region: z.exactOptional(text),
  postalCode: z.exactOptional(text),
  country: z.exactOptional(text),
});

const lists = {
  addresses: z.array(address),
  attributes: z.array(z.object({ name: z.string().check(z.minLength(1)), value: text })),
  phoneNumbers: z.array(z.object({ type: z.exactOptional(text), number: z.exactOptional(text) })),
  relationships: z.array(z.object({ type: z.string(), value: z.string() })),
  restrictedFields: z.array(
    z.object({ field: z.string(), type: z.string(), id: z.exactOptional(z.string()) }),
  ),
};

const mfa = z.object({
  configured: z.exactOptional(z.boolean()),
  exclusion: z.exactOptional(z.boolean()),
  exclusionDays: z.exactOptional(z.int().check(z.gte(1))),
  exclusionUntil: z.exactOptional(z.iso.datetime()),
});

const owner = z.object({ id: z.exactOptional(z.string()), name: z.literal("ActiveDirectory") });
const email = text.check(z.regex(/^[^\s@]+@[^\s@]+$/, "expected an e-mail address"));
const username = text.check(z.minLength(1), z.regex(/^\S+$/, "must not contain spaces"));
const sshKey = z.object({
  name: z.string().check(z.minLength(1)),
  public_key: z.string().check(z.minLength(1)),
});
const enrollment = z.enum([
  "NOT_ENROLLED",
  "DISABLED",
  "PENDING_ACTIVATION",
  "ENROLLMENT_EXPIRED",
  "IN_ENROLLMENT",
  "PRE_ENROLLMENT",
  "ENROLLED",
]);

const userRecord = z.object({
  ...texts(z.exactOptional(text)),
  ...flags(z.boolean()),
  ...lists,
  _id: z.string(),
  organization: z.string(),
  created: z.string(),
  creationSource: z.string(),
  username: z.string(),
  email: z.string(),
  state: z.enum(["STAGED", "ACTIVATED", "SUSPENDED"]),
  /** Whether there is a working password; says nothing about `state`. */
  activated: z.boolean(),
  account_locked_date: z.exactOptional(z.string()),
  admin: z.exactOptional(z.object({ id: z.string(), roleName: z.string(), roleNames: z.array(z.string()) })),
  badLoginAttempts: z.int(),
  delegatedAuthority: z.exactOptional(owner),
  mfa,
  mfaEnrollment: z.object({
    overallStatus: enrollment,
    totpStatus: enrollment,
    webAuthnStatus: enrollment,
    pushStatus: enrollment,
    jcGoStatus: enrollment,
  }),
  password_date: z.exactOptional(z.string()),
  password_expiration_date: z.exactOptional(z.string()),
  password_expired: z.boolean(),
  passwordless_sudo: z.boolean(),
  recoveryEmail: z.exactOptional(z.object({ address: z.string(), verified: z.boolean() })),
  ssh_keys: z.array(
    z.object({ _id: z.string(), create_date: z.string(), name: z.string(), public_key: z.string() }),
  ),
  totp_enabled: z.boolean(),
  unix_uid: z.int(),
  unix_guid: z.int(),
});
export type User = z.infer<typeof userRecord>;
export type UserState = User["state"];

const writable = {
  ...texts(nullable),
  ...flags(z.exactOptional(z.boolean())),
  addresses: z.exactOptional(lists.addresses),
  attributes: z.exactOptional(lists.attributes),
  phoneNumbers: z.exactOptional(lists.phoneNumbers),
  relationships: z.exactOptional(lists.relationships),
  restrictedFields: z.exactOptional(lists.restrictedFields),
  delegatedAuthority: z.exactOptional(owner),
  employeeIdentifier: z.exactOptional(z.nullable(z.string().check(z.maxLength(256)))),
  mfa: z.exactOptional(mfa),
  password: z.exactOptional(z.string()),
  unix_uid: z.exactOptional(z.int().check(z.gte(1))),
  unix_guid: z.exactOptional(z.int().check(z.gte(1))),
};

/** The body of `POST /api/systemusers`. Fields that are not in it are ignored. */
export const userCreation = z.object({
  ...writable,
  username,
  email,
  state: z.exactOptional(z.enum(["STAGED", "ACTIVATED", "SUSPENDED"])),
  activated: z.exactOptional(z.boolean()),
  passwordless_sudo: z.exactOptional(z.boolean()),
  recoveryEmail: z.exactOptional(z.object({ address: z.string() })),
});
export type UserCreation = z.infer<typeof userCreation>;

/** The body of `PUT /api/systemusers/{id}`: what is not sent stays, null clears. A user cannot go back to STAGED. */
export const userChange = z.object({
  ...writable,
  username: z.exactOptional(username),
  email: z.exactOptional(email),
  state: z.exactOptional(z.enum(["ACTIVATED", "SUSPENDED"])),
  ssh_keys: z.exactOptional(z.array(sshKey)),
});
export type UserChange = z.infer<typeof userChange>;

/** The body of `POST /api/systemusers/{id}/sshkeys`. */
export const sshKeyBody = sshKey;

/** Any fields but the id: what can come about without the API. */
export const userEdit = z.strictObject(z.partial(z.omit(userRecord, { _id: true })).shape);

/** The user with the fields put in place of its own; null takes a field away, and unknown fields are dropped. */
export function withFields(user: object, fields: object): User {
  const merged = Object.entries({ ...user, ...fields }).filter(([, value]) => value !== null);
  return userRecord.parse(Object.fromEntries(merged));
}
