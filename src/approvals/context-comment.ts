import { inWords } from "../policy/duration.ts";
import { type Comment, comment, type Part, people } from "../requests/comment.ts";
import type { Asked, Pin } from "../requests/request.ts";
import type { Context, GroupReach } from "./approver-context.ts";

const unknown = "could not be looked up";

/** What approvers are told before they decide. Names are in the comment only. */
export function contextComment(
  requestId: string,
  topic: string,
  { pin, asked }: { pin: Pin; asked: Asked },
  context: Context,
): Comment {
  const { has, conflicts, peers, moreGroups } = context;
  const length = pin.seconds === undefined ? "without an end" : `for ${inWords(pin.seconds)}`;
  return comment(
    requestId,
    topic,
    ["Before you decide: ", { mention: pin.beneficiary.accountId }, ` would have ${pin.title} ${length}.`],
    ...context.groups.map(({ groupId, reach }): Part[] => [
      reach
        ? `The group ${reach.name} gives: ${given(reach)}.`
        : `What the group ${groupId} gives ${unknown}.`,
    ]),
    ...(pin.groups.length === 0 ? [["No group in JumpCloud gives it: somebody does, by hand."]] : []),
    ...(moreGroups > 0 ? [[`It is in ${moreGroups} more groups, which were not looked at.`]] : []),
    [
      has
        ? `Of this application the person has: ${list(has, "nothing yet")}.`
        : `What the person has ${unknown}.`,
    ],
    ...conflictLines(conflicts),
    ...(pin.groups.length === 0 ? [] : [[peersLine(peers)]]),
    [
      `Asked in stage ${asked.stage + 1} of ${pin.stages.length}: `,
      ...people(asked.approvers),
      howMany(asked),
    ],
  );
}

function given(reach: GroupReach): string {
  const { applications, ldapServers, ldapGroups, radiusServers, devices, deviceGroups, sudo } = reach;
  const parts = [
    applications ? applications.map((name) => `the application ${name}`) : [`applications ${unknown}`],
    counted("LDAP", ldapServers, () => "LDAP"),
    ldapGroups.length > 0 ? [`the LDAP groups ${ldapGroups.join(", ")}`] : [],
    counted("RADIUS", radiusServers, (count) => amount(count, "RADIUS server")),
    counted("devices", devices, (count) => amount(count, "device")),
    counted("device groups", deviceGroups, (count) => amount(count, "device group")),
    sudo === "none" ? [] : [`administrator on devices (sudo), ${sudo}`],
  ];
  return list(parts.flat(), "nothing by itself");
}

function counted(what: string, count: number | undefined, say: (count: number) => string): string[] {
  if (count === undefined) return [`${what} ${unknown}`];
  return count === 0 ? [] : [say(count)];
}

/** A hundred is as far as Latchkey counts. */
function amount(count: number, what: string): string {
  if (count >= 100) return `100 or more ${what}s`;
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function conflictLines(conflicts: Context["conflicts"]): Part[][] {
  if (!conflicts) return [[`Whether it conflicts with what the person has ${unknown}.`]];
  if (conflicts.length === 0) return [["Nothing that the person has, or has asked for, conflicts with it."]];
  return conflicts.map(({ id, why, with: others }) => [
    `It conflicts with ${others.join(", ")}, which the person has or has asked for (${id}): ${why}`,
  ]);
}

function peersLine(peers: Context["peers"]): string {
  if (peers === undefined) return `Who else of the department has it ${unknown}.`;
  if (peers === "no department") return "The person has no department in JumpCloud.";
  return `Of ${peers.all} others in ${peers.department}, ${peers.have} ${peers.have === 1 ? "has" : "have"} it.`;
}

function howMany({ needed = 1, approvers }: Asked): string {
  if (approvers.length === 1) return ".";
  if (needed === 1) return ". One of them has to say yes.";
  return needed >= approvers.length
    ? ". All of them have to say yes."
    : `. ${needed} of them have to say yes.`;
}

function list(parts: string[], nothing: string): string {
  return parts.length === 0 ? nothing : parts.join("; ");
}
