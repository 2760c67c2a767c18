import { accountActions } from "./account-actions.ts";
import { groupActions } from "./group-actions.ts";
import { membershipActions } from "./membership-actions.ts";

/** Everything that can be done in JumpCloud without a request for access. */
export const allActions = { ...accountActions, ...membershipActions, ...groupActions };
