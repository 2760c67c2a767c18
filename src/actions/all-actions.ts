import { accountActions } from "./account-actions.ts";
import type { DefinedAction } from "./action.ts";
import type { ActionName } from "./action-names.ts";
import { groupActions } from "./group-actions.ts";
import { lifecycleActions } from "./lifecycle-actions.ts";
import { membershipActions } from "./membership-actions.ts";

/** Everything that can be done in JumpCloud without a request for access. */
export const allActions: Record<ActionName, DefinedAction> = {
  ...accountActions,
  ...membershipActions,
  ...groupActions,
  ...lifecycleActions,
};
