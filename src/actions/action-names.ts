/** What can be done in JumpCloud without a request for access, by the names that the policy uses. */
export const actionNames = [
  "activate-user",
  "suspend-user",
  "unsuspend-user",
  "lock-account",
  "unlock-account",
  "expire-password",
  "send-password-mail",
  "reset-mfa",
  "update-attributes",
  "set-manager",
  "schedule-change",
  "cancel-scheduled-change",
  "create-user",
  "delete-user",
  "add-to-groups",
  "remove-from-groups",
  "create-group",
  "describe-group",
  "bind-application",
  "unbind-application",
  "add-exemption",
  "remove-exemption",
] as const;

export type ActionName = (typeof actionNames)[number];
