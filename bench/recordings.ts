import type { Assembly } from "../local/assembly.ts";
import { Recorder, type Recording } from "./recorder.ts";

export type Recordings = {
  /** One approved request with one stage, when all functions are warm: echoes of Latchkey's own writes included. */
  warm: Recording;
  /** The same when nothing has run for hours, neither before it is asked nor before it is approved. */
  cold: Recording;
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
    // The sweeper looks at what has changed lately; owners are told once of what is wrong in the catalog.
    await recorder.pass(idleHours * hour);
    const idle = await recorder.record(() => recorder.pass(idleHours * hour));
    return { warm, cold, idle };
  } finally {
    await recorder.stop();
  }
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
