import type { Assembly } from "../local/assembly.ts";
import { people } from "../local/world/company.ts";
import { fieldIds } from "../local/world/jira/fields.ts";
import { Recorder, type Recording } from "./recorder.ts";

export type Recordings = {
  /** One approved request with one stage, when all functions are warm: echoes of Latchkey's own writes included. */
  warm: Recording;
  /** The same when nothing has run for hours, neither before it is asked nor before it is approved. */
  cold: Recording;
  /** One approved request for an action, for one person, when all functions are warm. */
  action: Recording;
  /** Hours in which nobody asks for anything: everything that comes by itself has come. */
  idle: Recording;
};

const hour = 60 * 60_000;
export const idleHours = 6;

/** Plays what figures are counted from. */
export async function recordAll(assembly: Assembly): Promise<Recordings> {
  const recorder = await Recorder.open(assembly);
  try {
    const cold = await recorder.record(() =>
      approvedRequest(recorder, "alice.moreau", async () => recorder.cool()),
    );
    await approvedRequest(recorder, "erik.sandberg");
    // Within the minutes for which functions keep what they have read, but not in a queue for JumpCloud.
    await recorder.pass(10_000);
    const warm = await recorder.record(() => approvedRequest(recorder, "hugo.laurent"));
    await approvedAction(recorder, "elena.petrova");
    await recorder.pass(10_000);
    const action = await recorder.record(() => approvedAction(recorder, "daniel.osei"));
    // The sweeper looks at what has changed lately; owners are told once of what is wrong in the catalog.
    await recorder.pass(idleHours * hour);
    const idle = await recorder.record(() => recorder.pass(idleHours * hour));
    return { warm, cold, action, idle };
  } finally {
    await recorder.stop();
  }
}

/** A team lead asks for VPN for somebody. */
async function approvedAction(recorder: Recorder, login: string): Promise<void> {
  const { portal } = recorder;
  const person = people.find(({ email }) => email.startsWith(`${login}@`));
  const who = [{ accountId: person?.accountId }];
  const key = await portal.askFor("robert.hughes", "28", { [fieldIds.people]: who });
  await recorder.settle();
  await portal.approve(key);
  await recorder.settle();
  if (!(await portal.isDone(key))) throw new Error(`${key} was approved, but not done.`);
}

async function approvedRequest(recorder: Recorder, login: string, before = async () => {}): Promise<void> {
  const { portal } = recorder;
  await before();
  const key = await portal.ask({
    login,
    application: "GitHub",
    entitlement: "Developer",
    duration: "Permanent",
  });
  await recorder.settle();
  await before();
  await portal.approve(key);
  await recorder.settle();
  if (!(await portal.isGranted(key))) throw new Error(`${key} was approved, but not granted.`);
}
