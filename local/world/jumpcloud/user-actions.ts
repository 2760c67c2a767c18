import * as v from "valibot";
import type { LocalClock } from "../../clock.ts";
import { object, positive, timestamp } from "../../json-schemas.ts";
import type { Caller } from "./authentication.ts";
import type { Moods } from "./moods.ts";
import { refusal } from "./refusal.ts";
import type { User, UserState } from "./user-record.ts";
import { notEnrolled, type Users } from "./users.ts";

export const activateBody = object({ email: v.exactOptional(v.union([v.boolean(), v.string()])) });
export const mailBody = object({ email: v.exactOptional(v.string()) });
export const passwordBody = object({ password: v.string() });
export const resetMfaBody = object({
  exclusion: v.exactOptional(v.boolean()),
  exclusionUntil: v.exactOptional(timestamp),
  exclusionDays: v.exactOptional(positive),
});
export const enforceMfaBody = object({
  enable_user_portal_multifactor: v.boolean(),
  mfa: v.exactOptional(resetMfaBody),
});

/** The calls under `/api/systemusers/{id}/…` that do something with a person, rather than to a record. */
export class UserActions {
  readonly #users: Users;
  readonly #clock: LocalClock;
  readonly #moods: Moods;

  constructor(users: Users, clock: LocalClock, moods: Moods) {
    this.#users = users;
    this.#clock = clock;
    this.#moods = moods;
  }

  /** @param email the address for the mail, or whether there is one at all. */
  activate(user: User, email: string | boolean, by: Caller): void {
    if (this.#alreadyIn("ACTIVATED", user)) return;
    if (user.state === "SUSPENDED" && this.#moods.activateSuspended === 409)
      throw refusal(409, "only a staged user can be activated");
    const activated = this.#users.setState(user, "ACTIVATED", by);
    if (email !== false) this.#users.mailActivation(activated, by, email === true ? undefined : email);
  }

  suspend(user: User, by: Caller): void {
    if (this.#alreadyIn("SUSPENDED", user)) return;
    if (user.state === "STAGED") throw refusal(409, "a staged user cannot be suspended");
    this.#users.setState(user, "SUSPENDED", by);
  }

  /** Mails again each time, also when the password is expired already. */
  expirePassword(user: User, by: Caller): void {
    this.#checkOwnPassword(user);
    const expired = this.#users.edit(user, { password_expired: true });
    if (!user.password_expired) this.#users.record(by, expired, { type: "password expired" });
    this.#users.record(by, expired, {
      type: "mail sent",
      mail: { kind: "password expired", to: user.email },
    });
  }

  /** The call named `reactivate`: a mail to set or reset the password; the state stays as it is. */
  mailPasswordLink(user: User, to: string | undefined, by: Caller): void {
    if (!user.activated) this.#users.mailActivation(user, by, to);
    else
      this.#users.record(by, user, {
        type: "mail sent",
        mail: { kind: "password reset", to: to ?? user.email },
      });
  }

  setPassword(user: User, password: string, by: Caller): void {
    this.#checkOwnPassword(user);
    this.#users.checkPassword(password);
    this.#users.setPassword(user, by);
  }

  /** Forgets the TOTP key, a fresh one too; an exclusion is the time to enroll again. */
  resetMfa(user: User, exclusion: v.InferOutput<typeof resetMfaBody>, by: Caller): void {
    const reset = this.#users.edit(user, {
      totp_enabled: false,
      mfa: { configured: false, exclusion: exclusion.exclusion ?? false, ...this.#exclusionEnd(exclusion) },
      mfaEnrollment: exclusion.exclusion
        ? { ...notEnrolled, overallStatus: "IN_ENROLLMENT", totpStatus: "IN_ENROLLMENT" }
        : notEnrolled,
    });
    this.#users.record(by, reset, { type: "mfa reset" });
  }

  #exclusionEnd({ exclusionUntil, exclusionDays }: v.InferOutput<typeof resetMfaBody>): object {
    if (exclusionUntil !== undefined) return { exclusionUntil };
    if (exclusionDays === undefined) return {};
    const until = this.#clock.now() + exclusionDays * 24 * 3_600_000;
    return { exclusionDays, exclusionUntil: new Date(until).toISOString() };
  }

  #checkOwnPassword(user: User): void {
    const owned = user.restrictedFields.some(({ field }) => field === "password") || user.delegatedAuthority;
    if (owned) throw refusal(400, "the password of this user is managed by another directory");
  }

  #alreadyIn(state: UserState, user: User): boolean {
    if (user.state === state && this.#moods.stateAlreadySo === 409)
      throw refusal(409, `the user is ${state} already`);
    return user.state === state;
  }
}
