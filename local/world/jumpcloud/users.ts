import type { LocalClock } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import { keys } from "../company.ts";
import type { Caller } from "./authentication.ts";
import type { Graph } from "./graph.ts";
import { isId, newId } from "./ids.ts";
import type { Change, Journal, JumpCloudFact } from "./journal.ts";
import type { Moods } from "./moods.ts";
import { organization } from "./organization.ts";
import { refusal } from "./refusal.ts";
import { type User, type UserChange, type UserCreation, type UserState, withFields } from "./user-record.ts";

/** The people of the directory ("system users"). */
export class Users {
  readonly #users: Collection<User>;
  readonly #clock: LocalClock;
  readonly #moods: Moods;
  readonly #graph: Graph;
  readonly #journal: Journal;

  constructor(parts: { store: Store; clock: LocalClock; moods: Moods; graph: Graph; journal: Journal }) {
    this.#users = parts.store.collection("jumpcloud.users");
    this.#clock = parts.clock;
    this.#moods = parts.moods;
    this.#graph = parts.graph;
    this.#journal = parts.journal;
  }

  all(): User[] {
    return this.#users.values();
  }

  /** All but the newest: the search index lags behind creation. */
  searchable(): User[] {
    const latest = this.#clock.now() - this.#moods.searchLagMs;
    return this.all().filter((user) => Date.parse(user.created) <= latest);
  }

  find(id: string): User | undefined {
    return this.#users.get(id);
  }

  /** Throws 404 for an unknown id. */
  get(id: string): User {
    const user = this.#users.get(id);
    if (!user) throw refusal(404, `there is no user ${id}`);
    return user;
  }

  create(body: UserCreation, by: Caller): User {
    const { password, recoveryEmail, ...given } = body;
    const { manualEntry } = organization.settings.newSystemUserStateDefaults;
    const state = this.#stateIn(body, manualEntry) ?? manualEntry;
    this.#check(body);
    const now = this.#clock.now();
    const unwritten = unwrittenUser(newId(now), new Date(now).toISOString(), this.#nextUnixId());
    const user = this.edit(unwritten, {
      ...given,
      state,
      suspended: state === "SUSPENDED",
      activated: body.activated ?? password !== undefined,
      ...(password === undefined ? {} : { password_date: new Date(now).toISOString() }),
      ...(recoveryEmail ? { recoveryEmail: { ...recoveryEmail, verified: false } } : {}),
    });
    this.record(by, user, { type: "user created" });
    if (state === "ACTIVATED") this.mailActivation(user, by);
    return user;
  }

  /** The sparse update of `PUT`: lists are replaced whole. */
  change(id: string, body: UserChange, by: Caller): User {
    const before = this.get(id);
    this.#checkRestricted(before, body);
    this.#check(body, before);
    const state = this.#stateIn(body, before.state);
    const { password, account_locked: locked, ssh_keys, mfa, ...given } = body;
    const user = this.edit(before, {
      ...given,
      ...(state ? { state, suspended: state === "SUSPENDED" } : {}),
      ...(mfa ? { mfa: { ...before.mfa, ...mfa } } : {}),
      ...(ssh_keys ? { ssh_keys: ssh_keys.map((key) => this.sshKey(key)) } : {}),
      ...(password === undefined ? {} : this.#passwordFields()),
      ...(locked === undefined || locked === before.account_locked ? {} : this.#lockFields(locked)),
    });
    this.#recordState(by, before, user);
    const changes = differences(before, user);
    if (changes.length > 0) this.record(by, user, { type: "user changed", changes });
    if (password !== undefined) this.record(by, user, { type: "password set" });
    if (user.account_locked !== before.account_locked)
      this.record(by, user, { type: user.account_locked ? "user locked" : "user unlocked" });
    return user;
  }

  /** @param reports what becomes of the people whose manager this was: `null` clears, an id is their new manager. */
  remove(id: string, reports: string | null | undefined, by: Caller): User {
    const user = this.get(id);
    if (typeof reports === "string" && !this.#users.get(reports))
      throw refusal(400, `cascade_manager: there is no user ${reports}`);
    if (reports !== undefined)
      for (const other of this.all()) if (other.manager === id) this.edit(other, { manager: reports });
    this.#users.delete(id);
    this.#graph.remove({ type: "user", id });
    this.record(by, user, { type: "user deleted" });
    return user;
  }

  /** Writes fields without any rule of the API; null takes one away. */
  edit(user: object, fields: object): User {
    return this.put(withFields(user, fields));
  }

  put(user: User): User {
    this.#users.set(user._id, user);
    return user;
  }

  setState(user: User, state: UserState, by: Caller): User {
    const changed = this.edit(user, { state, suspended: state === "SUSPENDED" });
    this.#recordState(by, user, changed);
    return changed;
  }

  unlock(user: User, by: Caller): void {
    const unlocked = this.edit(user, this.#lockFields(false));
    if (user.account_locked) this.record(by, unlocked, { type: "user unlocked" });
  }

  setPassword(user: User, by: Caller): void {
    this.record(by, this.edit(user, this.#passwordFields()), { type: "password set" });
  }

  /** Welcome with a password, activation without one; see `state/activate` in the v1 document. */
  mailActivation(user: User, by: Caller, to?: string): void {
    const mail = user.activated
      ? { kind: "welcome" as const, to: to ?? user.email }
      : { kind: "activation" as const, to: to ?? user.alternateEmail ?? user.email };
    this.record(by, user, { type: "activation mail sent", mail });
  }

  sshKey(key: { name: string; public_key: string }): User["ssh_keys"][number] {
    const now = this.#clock.now();
    return { _id: newId(now), create_date: new Date(now).toISOString(), ...key };
  }

  record(by: Caller, user: User, fact: Omit<JumpCloudFact, "user">): void {
    const { _id: id, username, email } = user;
    this.#journal.record(by, { ...fact, user: { id, username, email } });
  }

  /** Throws 400 when a password breaks the company's policy. */
  checkPassword(password: string): void {
    const { minLength } = organization.settings.passwordPolicy;
    if (password.length >= minLength) return;
    const description = `password must have at least ${minLength} characters`;
    throw refusal(400, description, [
      {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        fieldViolationsList: [{ field: "password", description }],
      },
    ]);
  }

  #check(body: UserCreation | UserChange, user?: User): void {
    const others = this.all().filter((other) => other._id !== user?._id);
    const folded = (email: string) => (this.#moods.emailsUniqueIgnoringCase ? email.toLowerCase() : email);
    const { username, email, employeeIdentifier, manager, password } = body;
    if (username !== undefined && others.some((other) => other.username === username))
      throw refusal(400, `user already exists: the username ${username} is taken`, []);
    if (email !== undefined && others.some((other) => folded(other.email) === folded(email)))
      throw refusal(400, `user already exists: the email ${email} is taken`, []);
    if (employeeIdentifier && others.some((other) => other.employeeIdentifier === employeeIdentifier))
      throw refusal(400, `user already exists: the employeeIdentifier ${employeeIdentifier} is taken`, []);
    if (this.#moods.managerChecked && manager && (!isId(manager) || !this.#users.get(manager)))
      throw refusal(400, "manager must be the id of a user", []);
    if (password !== undefined) this.checkPassword(password);
  }

  #checkRestricted(user: User, body: UserChange): void {
    if (this.#moods.restrictedFields === "written") return;
    const owned = user.restrictedFields.find(({ field }) => Object.hasOwn(body, field));
    if (owned)
      throw refusal(400, `${owned.field} is managed by ${owned.type} and cannot be changed here`, []);
  }

  /** The state that a body asks for by `state`, `suspended` or both. */
  #stateIn(body: UserCreation | UserChange, current: UserState): UserState | undefined {
    const { state, suspended } = body;
    if (suspended === undefined) return state;
    if (state === undefined) return suspended ? "SUSPENDED" : current === "SUSPENDED" ? "ACTIVATED" : current;
    if (suspended !== (state === "SUSPENDED") && this.#moods.contradictoryState === "refused")
      throw refusal(400, "state and suspended contradict each other", []);
    return state;
  }

  #recordState(by: Caller, before: User, after: User): void {
    if (before.state === after.state) return;
    const type =
      after.state === "SUSPENDED"
        ? ("user suspended" as const)
        : before.state === "SUSPENDED"
          ? ("user unsuspended" as const)
          : ("user activated" as const);
    this.record(by, after, { type });
  }

  #passwordFields(): Partial<User> {
    return {
      activated: true,
      password_expired: false,
      password_date: new Date(this.#clock.now()).toISOString(),
    };
  }

  #lockFields(locked: boolean): object {
    return locked
      ? { account_locked: true, account_locked_date: new Date(this.#clock.now()).toISOString() }
      : { account_locked: false, account_locked_date: null, badLoginAttempts: 0 };
  }

  #nextUnixId(): number {
    return Math.max(5000, ...this.all().map((user) => user.unix_uid)) + 1;
  }
}

/** What a user has before anything is said about it. */
export function unwrittenUser(id: string, created: string, unixId: number) {
  return {
    _id: id,
    organization: keys.jumpcloudOrganization,
    created,
    creationSource: "jumpcloud:api",
    account_locked: false,
    addresses: [],
    allow_public_key: true,
    attributes: [],
    badLoginAttempts: 0,
    disableDeviceMaxLoginAttempts: false,
    enable_managed_uid: false,
    enable_user_portal_multifactor: false,
    ldap_binding_user: false,
    mfa: { configured: false, exclusion: false },
    mfaEnrollment: notEnrolled,
    password_expired: false,
    password_never_expires: false,
    passwordless_sudo: false,
    phoneNumbers: [],
    relationships: [],
    restrictedFields: [],
    samba_service_user: false,
    ssh_keys: [],
    sudo: false,
    totp_enabled: false,
    unix_uid: unixId,
    unix_guid: unixId,
  };
}

export const notEnrolled = {
  overallStatus: "NOT_ENROLLED",
  totpStatus: "NOT_ENROLLED",
  webAuthnStatus: "NOT_ENROLLED",
  pushStatus: "NOT_ENROLLED",
  jcGoStatus: "NOT_ENROLLED",
} as const;

/** Fields whose change is an event of its own. */
const toldApart = [
  "state",
  "suspended",
  "activated",
  "password_expired",
  "password_date",
  "account_locked",
  "account_locked_date",
  "badLoginAttempts",
];

function differences(before: User, after: User): Change[] {
  const earlier = new Map<string, unknown>(Object.entries(before));
  const later = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...earlier.keys(), ...later.keys()])]
    .filter((field) => !toldApart.includes(field))
    .filter((field) => JSON.stringify(earlier.get(field)) !== JSON.stringify(later.get(field)))
    .map((field) => ({ field, from: earlier.get(field), to: later.get(field) }));
}
