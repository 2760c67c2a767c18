import * as v from "valibot";
import type { AuditLog } from "../audit/audit-trail.ts";
import { ActionImpossibleError, NotVerifiedError, UnclearActionError, UpstreamError } from "../errors.ts";
import type { GroupDeps } from "../grants/hold-group.ts";
import type { LedgerEntry } from "../grants/ledger.ts";
import type { RequestStore } from "../requests/request.ts";
import type { Accounts, DirectoryAccount } from "./account.ts";
import type { ActionName } from "./action-names.ts";
import { actionShapes } from "./action-shapes.ts";
import type { Groups, UserGroup } from "./group.ts";
import type { SnapshotStore } from "./snapshot.ts";

export type ActionDeps = GroupDeps & {
  accounts: Accounts;
  groups: Groups;
  ledger: {
    /** Everything that is known of why somebody is in groups. */
    ofUser(userId: string): Promise<LedgerEntry[]>;
  };
  /** Requests for access. */
  requests: RequestStore;
  audit: AuditLog;
  snapshots: SnapshotStore;
};

export type Outcome = "done" | "already so";

/** `userId`: the account that was made. */
export type Result = { outcome: Outcome; later?: LaterStep[]; userId?: string };

/** What has to follow on a later day, milliseconds since 1970. */
export type LaterStep = { action: ActionName; inputs: Record<string, unknown>; notBefore: number };

/**
 * `actionId`: names the action among all that were ever done; the reason for a membership that it gives. `attempted`: an earlier try
 * may have done it, and did not live to say so.
 */
export type Attempt = { actionId: string; attempted: boolean };

/** Something that can be done in JumpCloud. The texts are what the documentation shows. */
type Action<Inputs> = {
  does: string;
  /** What must be so before it. */
  needs: string;
  /** When there is nothing to do. */
  alreadySo: string;
  /** Whether doing it a second time is harmless, and what is done when a try has been lost. */
  again: string;
  /** JumpCloud's scope that the writing key needs; a broader one does as well. */
  scope: string;
  /** The action that takes it back, if there is one. */
  inverse?: ActionName;
  /**
   * Does it, and reads back that it is done. Called again after a lost try, it finds out by reading wherever that is possible.
   *
   * @throws ActionImpossibleError when the inputs are wrong, or it cannot be done as things are
   * @throws UnclearActionError when a try may have done it, nothing shows whether, and a second time would do harm
   */
  perform(deps: ActionDeps, inputs: Inputs, attempt: Attempt): Promise<Outcome | Result>;
};

/** An action for whoever has inputs of which nothing is known yet. */
export type DefinedAction = Action<unknown>;

type InputsOf<Name extends ActionName> = v.InferOutput<(typeof actionShapes)[Name]["inputs"]>;

/** The action proves its inputs itself. */
export function defineAction<Name extends ActionName>(
  name: Name,
  { perform, ...action }: Action<InputsOf<Name>>,
): DefinedAction {
  const schema: v.GenericSchema<unknown, InputsOf<Name>> = actionShapes[name].inputs;
  return {
    ...action,
    perform: async (deps, inputs, attempt) => {
      const parsed = v.safeParse(schema, inputs);
      if (parsed.success) return perform(deps, parsed.output, attempt);
      const [issue] = parsed.issues;
      throw new ActionImpossibleError(`“${v.getDotPath(issue) ?? ""}” cannot be used as it is`);
    },
  };
}

/** @throws ActionImpossibleError when JumpCloud has no such account */
export async function accountOf(
  { accounts }: Pick<ActionDeps, "accounts">,
  id: string,
): Promise<DirectoryAccount> {
  const account = await accounts.account(id);
  if (!account) throw new ActionImpossibleError("JumpCloud has no such account");
  return account;
}

/** @throws ActionImpossibleError when JumpCloud has no such group */
export async function groupOf({ groups }: Pick<ActionDeps, "groups">, id: string): Promise<UserGroup> {
  const group = await groups.userGroup(id);
  if (!group) throw new ActionImpossibleError("JumpCloud has no such group");
  return group;
}

/** JumpCloud's reads may lag its writes, by seconds. */
const waitsBeforeReading = [0, 1_000, 2_000, 4_000];

/**
 * Writes, and reads until it can be seen. When the answer to the write did not come at all, the reading decides.
 *
 * @throws NotVerifiedError when it cannot be seen after some seconds
 */
export async function changeAndSee(
  { clock }: Pick<ActionDeps, "clock">,
  what: string,
  change: () => Promise<void>,
  isSeen: () => Promise<boolean>,
): Promise<"done"> {
  try {
    await change();
  } catch (error) {
    if (!(error instanceof UpstreamError && error.mayHaveHappened)) throw error;
  }
  for (const wait of waitsBeforeReading) {
    if (wait > 0) await clock.sleep(wait);
    if (await isSeen()) return "done";
  }
  throw new NotVerifiedError(what);
}

/**
 * Does what leaves nothing to read, once.
 *
 * @throws UnclearActionError when this try or an earlier one may have done it
 */
export async function doOnce(
  what: string,
  { attempted }: Attempt,
  change: () => Promise<void>,
): Promise<"done"> {
  if (attempted) throw new UnclearActionError(what);
  try {
    await change();
  } catch (error) {
    if (error instanceof UpstreamError && error.mayHaveHappened) throw new UnclearActionError(what);
    throw error;
  }
  return "done";
}
