/** What goes wrong, and must not matter: the sentences by which the tests of this folder are called. */
export const faults = {
  1: "The same webhook delivered five times, also at once: one run, and the later ones are dropped",
  2: "A captured webhook replayed an hour later under a fresh identifier: the signature is right, and nothing follows",
  3: "The webhook of the approval comes before that of the request: granted once, nobody is asked again",
  4: "The approval comes between the start of the run and the keeping of its token: granted at once",
  5: "The first webhook comes again when the request is over: no second run",
  6: "The process is killed after the decision is written, before the run is told: granted once",
  7: "The run's token is called timed out, unknown or invalid: no loop of errors, granted once",
  8: "The execution exists already, also with other input: never two runs for one request",
  9: "Step Functions and DynamoDB throttle for a minute: the message comes back, and none is given up",
  10: "All deliveries of an approval are lost: the sweeper finds it within two rounds, and counts it",
  11: "JumpCloud says 429 for two minutes without a word on when to come back: fewer calls, and granted after it",
  12: "JumpCloud adds the member and the connection breaks: read back, and not written again",
  13: "JumpCloud answers 5xx for forty minutes: taken back, said on the ticket, and granted when tried again",
  14: "The third of five groups is refused for ever: what was added is taken back, what was there stays",
  15: "The group is dynamic: refused with the reason before anything is written",
  16: "Somebody has moved the ticket already: counted as done at the end, an operator is called elsewhere",
  17: "Jira says 429 with Retry-After 7 for one issue: nobody comes sooner, and other issues go on",
  18: "Jira shows the old status for twenty seconds after the webhook: looked at again, and granted",
  19: "The approver is the requester, was not asked, is a bot, or is deactivated: the run goes on waiting",
  20: "The approval is withdrawn between the decision and the grant: nothing is granted",
  21: "Hostile bodies are answered 400, 401 or 413: none reaches the queue, and none is delivered again",
  22: "The webhook's secret is rotated, and JumpCloud's key is revoked: both slots count, and a key that stays refused calls an operator",
  23: "A slow worker and a second copy of it write at once: one loses; a poisoned message is given up, and can be moved back",
  24: "Nobody decides: reminder, escalation and expiry at their times, and an approval a second later is too late",
  25: "The stack goes down with many runs waiting and comes up again: resumed, retried, and all of them end",
} as const;

export function fault(number: keyof typeof faults): string {
  return `${number}. ${faults[number]}`;
}
