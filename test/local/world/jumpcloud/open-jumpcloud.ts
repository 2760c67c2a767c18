import { onTestFinished } from "vitest";
import { VirtualClock } from "../../../../local/clock.ts";
import { Store } from "../../../../local/store.ts";
import { applications, domain, groups, keys, people } from "../../../../local/world/company.ts";
import type { JumpCloudEvent } from "../../../../local/world/jumpcloud/journal.ts";
import { startJumpCloud } from "../../../../local/world/jumpcloud/server.ts";

/** Half past nine on a Monday. */
export const monday = Date.UTC(2026, 0, 5, 9, 30);

/** A simulated JumpCloud for one test, and an ordinary HTTP client with the read-and-write key. */
export async function openJumpCloud(options: { store?: Store; startAt?: number } = {}) {
  const clock = new VirtualClock(options.startAt ?? monday);
  const happened: JumpCloudEvent[] = [];
  const store = options.store ?? new Store();
  const jumpcloud = await startJumpCloud({ clock, store, port: 0, onEvent: (event) => happened.push(event) });
  onTestFinished(() => jumpcloud.close());

  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = { "x-api-key": keys.jumpcloudApiKey },
  ) => {
    const answer = await fetch(jumpcloud.url + path, {
      method,
      redirect: "manual",
      headers: { accept: "application/json", "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = answer.headers.get("content-type")?.includes("json");
    return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : text };
  };
  return { ...jumpcloud, clock, store, happened, send };
}

export const person = (login: string) =>
  found(people, (one) => one.email === `${login}@${domain}`).jumpcloudId;
export const group = (name: string) => found(groups, (one) => one.name === name).id;
export const application = (label: string) => found(applications, (one) => one.label === label).id;

function found<Item>(items: Item[], fits: (item: Item) => boolean): Item {
  const item = items.find(fits);
  if (!item) throw new Error("the seed company has no such thing");
  return item;
}
