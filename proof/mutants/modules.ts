/** The code in which a wrong answer gives somebody access, or hides who gave it: what mutants are made of. */
export const modules: Record<string, string[]> = {
  proof: ["approvals/approval-proof", "approvals/read-proof", "approvals/record-decision"],
  approvers: ["approvals/find-approvers", "approvals/narrowing"],
  policy: [
    "policy/decide",
    "policy/rules",
    "policy/condition",
    "policy/access-length",
    "policy/standing",
    "policy/violations",
    "policy/check-separation",
    "policy/second-person",
    "requests/ask-policy",
  ],
  ledger: ["grants/ledger", "grants/hold-group"],
  membership: ["grants/membership", "grants/provision-access"],
  reconcile: [
    "requests/reconcile-issue",
    "requests/reconcile-waiting",
    "requests/reconcile-actions",
    "requests/pin-request",
  ],
  signature: ["webhooks/proof", "webhooks/body", "webhooks/receive-webhook", "webhooks/webhook-secret"],
  "audit trail": ["audit/audit-trail", "audit/hash"],
};

/** In percent, of each file and of all of them. */
export const lowestScore = 85;
