import { ActionImpossibleError, UnclearActionError, UpstreamError } from "../errors.ts";
import type { DirectoryAccount } from "./account.ts";
import { type ActionDeps, accountOf, changeAndSee, defineAction, doOnce } from "./action.ts";

const readAndRepeat = "harmless: the account is read first";

/** Everything that can be done to an account. */
export const accountActions = {
  "activate-user": defineAction("activate-user", {
    does: "Activates a staged account, with or without the mail that invites the person.",
    needs: "a staged account; a suspended one is unsuspended instead",
    alreadySo: "the account is active",
    again: "sends a second mail: it is never sent twice, the state tells whether it was done",
    scope: "users.state.activate",
    async perform(deps, { user, mail }) {
      const { state } = await accountOf(deps, user);
      if (state === "ACTIVATED") return "already so";
      if (state !== "STAGED") throw new ActionImpossibleError(`the account is ${state.toLowerCase()}`);
      return changeAndSee(
        deps,
        `user ${user} active`,
        () => deps.accounts.activate(user, mail),
        sees(deps, user, (account) => account.state === "ACTIVATED"),
      );
    },
  }),

  "suspend-user": defineAction("suspend-user", {
    does: "Suspends an account: no access to anything, memberships stay.",
    needs: "an account that is active",
    alreadySo: "the account is suspended",
    again: readAndRepeat,
    scope: "users.properties.update",
    inverse: "unsuspend-user",
    async perform(deps, { user }) {
      const { state } = await accountOf(deps, user);
      if (state === "SUSPENDED") return "already so";
      if (state === "STAGED") throw new ActionImpossibleError("the account has not been activated yet");
      return changeState(deps, user, "SUSPENDED");
    },
  }),

  "unsuspend-user": defineAction("unsuspend-user", {
    does: "Makes a suspended account active again.",
    needs: "an account that is suspended; a staged one is activated instead",
    alreadySo: "the account is active",
    again: readAndRepeat,
    scope: "users.properties.update",
    inverse: "suspend-user",
    async perform(deps, { user }) {
      const { state } = await accountOf(deps, user);
      if (state === "ACTIVATED") return "already so";
      if (state === "STAGED") throw new ActionImpossibleError("the account has not been activated yet");
      return changeState(deps, user, "ACTIVATED");
    },
  }),

  "lock-account": defineAction("lock-account", {
    does: "Locks an account. The organisation's password rules may unlock it after a while: to keep somebody out, suspend.",
    needs: "an account",
    alreadySo: "the account is locked",
    again: readAndRepeat,
    scope: "users.properties.update",
    inverse: "unlock-account",
    async perform(deps, { user }) {
      if ((await accountOf(deps, user)).locked) return "already so";
      return changeAndSee(
        deps,
        `user ${user} locked`,
        () => deps.accounts.changeAccount(user, { locked: true }),
        sees(deps, user, ({ locked }) => locked),
      );
    },
  }),

  "unlock-account": defineAction("unlock-account", {
    does: "Unlocks an account that was locked after wrong passwords, or by hand.",
    needs: "an account that is not suspended",
    alreadySo: "the account is not locked",
    again: readAndRepeat,
    scope: "users.state.unlock",
    inverse: "lock-account",
    async perform(deps, { user }) {
      const { locked, state } = await accountOf(deps, user);
      if (!locked) return "already so";
      if (state === "SUSPENDED") throw new ActionImpossibleError("the account is suspended");
      return changeAndSee(
        deps,
        `user ${user} unlocked`,
        () => deps.accounts.unlock(user),
        sees(deps, user, (account) => !account.locked),
      );
    },
  }),

  "expire-password": defineAction("expire-password", {
    does: "Expires the password: no access until the person has set a new one, for which JumpCloud mails a link.",
    needs: "an account whose password no other directory manages",
    alreadySo: "the password has expired",
    again: "may send a second mail: it is never sent twice, the account tells whether it was done",
    scope: "users.password.expire",
    async perform(deps, { user }) {
      const account = await accountOf(deps, user);
      if (account.passwordExpired) return "already so";
      expectOwn(account, "password");
      return changeAndSee(
        deps,
        `password of user ${user} expired`,
        () => deps.accounts.expirePassword(user),
        sees(deps, user, ({ passwordExpired }) => passwordExpired),
      );
    },
  }),

  "send-password-mail": defineAction("send-password-mail", {
    does: "Mails a link to set the password, to an address that JumpCloud has stored.",
    needs: "an account whose password no other directory manages",
    alreadySo: "never: each time sends a mail",
    again: "sends another mail: after a lost try somebody has to look",
    scope: "users.notification.send-activation-email",
    async perform(deps, { user }, attempt) {
      expectOwn(await accountOf(deps, user), "password");
      return doOnce(`a password mail to user ${user}`, attempt, () => deps.accounts.sendPasswordMail(user));
    },
  }),

  "reset-mfa": defineAction("reset-mfa", {
    does: "Takes the second factor away and gives some hours to enroll again. Until then the password alone protects the account.",
    needs: "an account with a second factor",
    alreadySo: "there is no second factor",
    again: "takes a new second factor away: after a lost try with a factor there, somebody has to look",
    scope: "users.mfa.reset",
    async perform(deps, { user, hours }, { attempted }) {
      if (!(await accountOf(deps, user)).mfaEnrolled) return "already so";
      // It may have been reset by the lost try, and set up again since.
      if (attempted) throw new UnclearActionError(`the reset of the second factor of user ${user}`);
      return changeAndSee(
        deps,
        `no second factor of user ${user}`,
        () => deps.accounts.resetMfa(user, deps.clock.now() + hours * 3_600_000),
        sees(deps, user, ({ mfaEnrolled }) => !mfaEnrolled),
      );
    },
  }),

  "update-attributes": defineAction("update-attributes", {
    does: "Writes fields and custom attributes of an account; those that are not named stay.",
    needs: "an account; fields that no other directory manages",
    alreadySo: "every one has its value",
    again: readAndRepeat,
    scope: "users.properties.update",
    async perform(deps, { user, fields, attributes }) {
      const account = await accountOf(deps, user);
      const isSo = (now: DirectoryAccount) =>
        Object.entries(fields).every(([name, value]) => (now.fields[name] ?? null) === value) &&
        Object.entries(attributes).every(([name, value]) => now.attributes[name] === value);
      if (isSo(account)) return "already so";
      for (const name of Object.keys(fields)) expectOwn(account, name);
      // JumpCloud writes the list of custom attributes as a whole.
      const all =
        Object.keys(attributes).length === 0 ? {} : { attributes: { ...account.attributes, ...attributes } };
      return changeAndSee(
        deps,
        `fields of user ${user}`,
        () => deps.accounts.changeAccount(user, { fields, ...all }),
        sees(deps, user, isSo),
      );
    },
  }),

  "set-manager": defineAction("set-manager", {
    does: "Says who somebody's manager is, or that there is none.",
    needs: "both accounts; nobody is their own manager, not over others either",
    alreadySo: "that is the manager",
    again: readAndRepeat,
    scope: "users.properties.update",
    inverse: "set-manager",
    async perform(deps, { user, manager }) {
      const account = await accountOf(deps, user);
      if ((account.manager ?? null) === manager) return "already so";
      expectOwn(account, "manager");
      await expectNoCircle(deps, user, manager);
      return changeAndSee(
        deps,
        `manager of user ${user}`,
        () => deps.accounts.changeAccount(user, { manager }),
        sees(deps, user, (now) => (now.manager ?? null) === manager),
      );
    },
  }),

  "schedule-change": defineAction("schedule-change", {
    does: "Has JumpCloud activate or suspend an account at a later date, also when Latchkey is not there.",
    needs: "a date in the future",
    alreadySo: "that change is scheduled for that date",
    again: "schedules a second one: the list is read first, and after a lost try",
    scope: "users.state.update",
    inverse: "cancel-scheduled-change",
    async perform(deps, { user, state, at }) {
      await accountOf(deps, user);
      const isScheduled = async () =>
        (await deps.accounts.scheduledChanges(user)).some((one) => one.state === state && one.at === at);
      if (await isScheduled()) return "already so";
      if (at <= deps.clock.now()) throw new ActionImpossibleError("the date is over");
      return changeAndSee(
        deps,
        `scheduled change of user ${user}`,
        () => deps.accounts.scheduleChange(user, state, at),
        isScheduled,
      );
    },
  }),

  "cancel-scheduled-change": defineAction("cancel-scheduled-change", {
    does: "Cancels changes of an account's state that are scheduled.",
    needs: "an account",
    alreadySo: "no such change is scheduled",
    again: "harmless: the list is read first",
    scope: "users.state.delete",
    async perform(deps, { user, state }) {
      await accountOf(deps, user);
      const scheduled = async () =>
        (await deps.accounts.scheduledChanges(user)).filter((one) => one.state === state);
      const found = await scheduled();
      if (found.length === 0) return "already so";
      return changeAndSee(
        deps,
        `no scheduled change of user ${user}`,
        async () => {
          for (const { jobId } of found) await deps.accounts.cancelScheduledChange(jobId);
        },
        async () => (await scheduled()).length === 0,
      );
    },
  }),

  "create-user": defineAction("create-user", {
    does: "Makes a staged account: no access and no mail before it is activated.",
    needs: "no account with that address or that user name",
    alreadySo: "a lost try has made it",
    again: "would be refused as a double: after a lost try it is looked for by both names",
    scope: "users.create",
    async perform({ accounts, clock }, { manager, ...account }, { attempted }) {
      let found = await accounts.accountsNamed(account);
      // JumpCloud's search may show a new account some seconds late.
      for (let look = 0; attempted && found.length === 0 && look < 3; look++) {
        await clock.sleep(2_000);
        found = await accounts.accountsNamed(account);
      }
      const [own] = found;
      if (attempted && found.length === 1 && own && isThe(own, account))
        return { outcome: "already so", userId: own.userId };
      if (found.length > 0)
        throw new ActionImpossibleError(
          "JumpCloud has an account with that address or that user name: choose another name on the ticket and try again, or close it and use the account that is there",
        );
      try {
        const more = manager === undefined ? {} : { manager };
        return { outcome: "done", userId: await accounts.createAccount({ ...account, ...more }) };
      } catch (error) {
        if (!(error instanceof UpstreamError && error.mayHaveHappened)) throw error;
        const [made] = await accounts.accountsNamed(account);
        if (!made || !isThe(made, account)) throw error;
        return { outcome: "done", userId: made.userId };
      }
    },
  }),

  "delete-user": defineAction("delete-user", {
    does: "Deletes an account for good. There is no way back.",
    needs: "an account that is suspended",
    alreadySo: "a lost try has deleted it",
    again: "harmless: what is gone is gone",
    scope: "users.delete",
    async perform({ accounts, clock }, { user, reportsTo }, { attempted }) {
      const account = await accounts.account(user);
      if (!account && attempted) return "already so";
      if (!account) throw new ActionImpossibleError("JumpCloud has no such account");
      if (account.state !== "SUSPENDED") throw new ActionImpossibleError("the account is not suspended");
      return changeAndSee(
        { clock },
        `user ${user} deleted`,
        () => accounts.deleteAccount(user, reportsTo),
        async () => (await accounts.account(user)) === undefined,
      );
    },
  }),
};

function sees(
  { accounts }: ActionDeps,
  id: string,
  isSo: (account: DirectoryAccount) => boolean,
): () => Promise<boolean> {
  return async () => {
    const account = await accounts.account(id);
    return account !== undefined && isSo(account);
  };
}

function changeState(deps: ActionDeps, id: string, state: "ACTIVATED" | "SUSPENDED"): Promise<"done"> {
  return changeAndSee(
    deps,
    `user ${id} ${state.toLowerCase()}`,
    () => deps.accounts.changeAccount(id, { state }),
    sees(deps, id, (account) => account.state === state),
  );
}

/** @throws ActionImpossibleError when another directory owns the field: it would refuse or undo the change */
function expectOwn({ managedElsewhere }: DirectoryAccount, field: string): void {
  if (managedElsewhere.includes(field))
    throw new ActionImpossibleError(`“${field}” of this account is managed by another directory`);
}

/** More levels than any company has. */
const mostLevels = 30;

/** @throws ActionImpossibleError when the person would be above themselves */
async function expectNoCircle(deps: ActionDeps, user: string, manager: string | null): Promise<void> {
  let above = manager ?? undefined;
  for (let level = 0; above !== undefined && level < mostLevels; level++) {
    if (above === user) throw new ActionImpossibleError("that person would be above themselves");
    const next: DirectoryAccount | undefined =
      level === 0 ? await accountOf(deps, above) : await deps.accounts.account(above);
    above = next?.manager;
  }
}

function isThe(
  found: DirectoryAccount | undefined,
  { username, email }: { username: string; email: string },
): boolean {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return found !== undefined && same(found.username, username) && same(found.email, email);
}
