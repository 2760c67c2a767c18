import { randomBytes } from "node:crypto";

const thisProcess = randomBytes(5).toString("hex");
let made = randomBytes(2).readUInt16BE();

/** A new id of 24 hexadecimal digits; ids made later sort later, as long as they come from one process. */
export function newId(now: number): string {
  made = (made + 1) % 2 ** 24;
  const seconds = Math.floor(now / 1000).toString(16);
  return seconds.padStart(8, "0") + thisProcess + made.toString(16).padStart(6, "0");
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{24}$/.test(text);
}
