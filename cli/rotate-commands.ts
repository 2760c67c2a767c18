import { isDeepStrictEqual } from "node:util";
import { parseWebhookSecret } from "../src/webhooks/webhook-secret.ts";
import type { Connection } from "./connection.ts";
import { type Addresses, probe } from "./key-probe.ts";
import { moment, type Output, print, table } from "./print.ts";
import { dropPrevious, putCurrent, readSlot, type Slot } from "./secret-slots.ts";
import { checkSecret, readSecretFile, secretNames } from "./secret-values.ts";

const webhook = "jira-webhook";

/** JumpCloud's two keys have to be two: who may only read must not come to write. */
const others: Record<string, string> = {
  "jumpcloud-read": "jumpcloud-write",
  "jumpcloud-write": "jumpcloud-read",
};

/** Tries a new key, and makes it the current one; the one before stays good until it is retired. */
export async function rotateSecret(
  connection: Connection,
  { name, file, ...addresses }: Addresses & { name: string; file: string },
  output: Output,
): Promise<void> {
  const given = checkSecret(name, readSecretFile(file === "-" ? 0 : file));
  const current = await readSlot(connection, name, "AWSCURRENT");
  const value = name === webhook && current ? withOld(given, current.value) : given;
  if (isDeepStrictEqual(value, current?.value))
    throw new Error(`${name} has this value already; if it was made by mistake, nothing is to be done.`);
  const other = others[name] && (await readSlot(connection, others[name], "AWSCURRENT"));
  if (other && isDeepStrictEqual(value, other.value))
    throw new Error(`This is the key in ${others[name]}: reading and writing need a key each.`);
  const good = await tried(connection, name, value, addresses);
  await putCurrent(connection, name, value);
  print(output, { secret: name, probe: good }, () => [
    `${name} has the new key (${good}); the one before is good until “latchkey secret retire ${name}”.`,
    name === webhook
      ? "Now put the new value into Jira; retire the old one two hours later, when Jira sends nothing again any more."
      : "Retire it first, then delete it in its console.",
  ]);
}

/** Takes the key before out, after the current one was tried. */
export async function retireSecret(
  connection: Connection,
  { name, ...addresses }: Addresses & { name: string },
  output: Output,
): Promise<void> {
  const current = await readSlot(connection, name, "AWSCURRENT");
  const previous = await readSlot(connection, name, "AWSPREVIOUS");
  if (!current || !previous) throw new Error(`${name} has no key before the current one.`);
  const good = await tried(connection, name, current.value, addresses);
  if (name === webhook) await putCurrent(connection, name, withoutOld(current.value, previous.value));
  await dropPrevious(connection, name);
  print(output, { secret: name, probe: good }, () => [
    `${name} has its current key only (${good}). Delete the other one where it was made.`,
  ]);
}

/** How old each key is, and whether it is accepted. */
export async function showSecrets(
  connection: Connection,
  addresses: Addresses,
  output: Output,
): Promise<void> {
  const rows: { secret: string; slot: string; since?: string; days?: number; probe: string }[] = [];
  for (const name of secretNames) {
    const slots = {
      current: await readSlot(connection, name, "AWSCURRENT"),
      previous: await readSlot(connection, name, "AWSPREVIOUS"),
    };
    if (!slots.current) rows.push({ secret: name, slot: "current", probe: "there is no value" });
    for (const [slot, found] of Object.entries(slots))
      if (found) rows.push({ secret: name, slot, ...(await shown(connection, name, found, addresses)) });
  }
  print(output, rows, () =>
    table(
      ["Secret", "Slot", "Since", "Days", "Probe"],
      rows.map(({ secret, slot, since, days, probe: result }) => [
        secret,
        slot,
        since ?? "",
        String(days ?? ""),
        result,
      ]),
    ),
  );
}

async function shown(connection: Connection, name: string, { since, value }: Slot, addresses: Addresses) {
  const result = await probe(connection, name, value, addresses).then(
    (good) => (name === webhook ? good : `accepted: ${good}`),
    (error: unknown) => `NOT ACCEPTED: ${error instanceof Error ? error.message : String(error)}`,
  );
  const days = Math.floor((connection.clock.now() - since) / 86_400_000);
  return { since: moment(since), days, probe: result };
}

async function tried(
  connection: Connection,
  name: string,
  value: unknown,
  addresses: Addresses,
): Promise<string> {
  try {
    return await probe(connection, name, value, addresses);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The key for ${name} was tried, and cannot be used: ${why.replace(/\.$/, "")}. Nothing was changed.`,
      {
        cause: error,
      },
    );
  }
}

/** Jira signs with one value at a time, and nobody sees when it changes: until then both are good. */
function withOld(given: unknown, current: unknown) {
  const [fresh, old] = [parseWebhookSecret(given), parseWebhookSecret(current)];
  return {
    signingSecrets: [...new Set([...fresh.signingSecrets, ...old.signingSecrets])],
    automationTokens: [...new Set([...fresh.automationTokens, ...old.automationTokens])],
  };
}

/** What is only in the current value; a list to which nothing was added stays. */
function withoutOld(current: unknown, previous: unknown) {
  const [now, old] = [parseWebhookSecret(current), parseWebhookSecret(previous)];
  const left = (all: string[], before: string[]) => {
    const added = all.filter((one) => !before.includes(one));
    return added.length === 0 ? all : added;
  };
  return {
    signingSecrets: left(now.signingSecrets, old.signingSecrets),
    automationTokens: left(now.automationTokens, old.automationTokens),
  };
}
