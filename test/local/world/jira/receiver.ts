import { VirtualClock } from "../../../../local/clock.ts";
import { type HttpRequest, listen } from "../../../../local/http.ts";
import type { JiraEvent } from "../../../../local/world/jira/events.ts";
import { atEnd, jiraSite, startOfTime } from "./jira-site.ts";

export const minutes = 60_000;

/** Somebody who listens, and answers with `status`. */
export async function receiver(clock: VirtualClock) {
  const received: HttpRequest[] = [];
  const answer = { status: 202 };
  const server = await listen({
    port: 0,
    clock,
    handle: (request) => {
      received.push(request);
      return { status: answer.status };
    },
  });
  atEnd(server.close);
  const bodies = () => received.map((request) => JSON.parse(request.body.toString()) as unknown);
  return { url: server.url, received, answer, bodies };
}

export async function siteWithReceiver() {
  const clock = new VirtualClock(startOfTime);
  const latchkeyEnd = await receiver(clock);
  const events: JiraEvent[] = [];
  const site = await jiraSite({ clock, webhookUrl: latchkeyEnd.url, onEvent: (event) => events.push(event) });
  return { ...site, ...latchkeyEnd, events };
}
