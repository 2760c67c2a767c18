import { createHash, createHmac } from "node:crypto";
import type { LocalClock, Timer } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import type { Counters } from "./counters.ts";
import { DeliveryFaults } from "./delivery-faults.ts";
import type { JiraFact } from "./events.ts";
import type { JiraSettings } from "./settings.ts";
import type { Webhooks } from "./webhooks.ts";

/** A body that still has to reach somebody. */
type Delivery = {
  id: string;
  /** Jira's name for it, the same for every try. */
  identifier: string;
  to: { webhookId: string } | "automation";
  event: string;
  about: { issueId: string; issueKey: string; projectId: string; projectKey: string };
  body: string;
  /** Tries so far. */
  tries: number;
  due: number;
};

export type NewDelivery = Pick<Delivery, "to" | "event" | "about"> & { body: object };

type Outcome = { status: number } | { problem: string };

const mostRetries = 5;
const retriedStatuses = new Set([408, 409, 425, 429]);
const minute = 60_000;

/** The `X-Hub-Signature` of a body. */
export function signature(secret: string, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/**
 * Sends what webhooks and the automation rule have to say. Webhooks are tried again up to five times, 5 to 15 minutes
 * apart, when the receiver cannot be reached, takes too long, or answers 408, 409, 425, 429 or 5xx; automation never:
 * https://community.developer.atlassian.com/t/new-jira-cloud-webhook-retry-policy/30554
 * What is pending survives a restart.
 */
export class Deliveries {
  readonly faults = new DeliveryFaults();
  readonly #clock: LocalClock;
  readonly #settings: JiraSettings;
  readonly #counters: Counters;
  readonly #webhooks: Webhooks;
  readonly #receiver: Promise<string | undefined>;
  readonly #tell: (issueKey: string, fact: JiraFact) => void;
  readonly #pending: Collection<Delivery>;
  readonly #timers = new Map<string, Timer>();
  readonly #closing = new AbortController();

  constructor(options: {
    store: Store;
    clock: LocalClock;
    settings: JiraSettings;
    counters: Counters;
    webhooks: Webhooks;
    /** Where Latchkey listens, once it does. Nothing is sent before that. */
    receiver: Promise<string | undefined>;
    tell: (issueKey: string, fact: JiraFact) => void;
  }) {
    this.#clock = options.clock;
    this.#settings = options.settings;
    this.#counters = options.counters;
    this.#webhooks = options.webhooks;
    this.#receiver = options.receiver;
    this.#tell = options.tell;
    this.#pending = options.store.collection("jira.deliveries");
    for (const delivery of this.#pending.values()) this.#arm(delivery);
  }

  add({ body, ...delivery }: NewDelivery): void {
    const id = String(this.#counters.next("delivery"));
    const identifier = uuidOf(`${id} ${JSON.stringify(delivery.to)}`);
    const fault = this.faults.met(delivery.event, ["drop", "duplicate", "delay", "shuffle"]);
    if (fault?.effect === "drop") return;
    const late = (fault?.delayMs ?? 0) * (fault?.effect === "shuffle" ? fraction(identifier) : 1);
    const due = this.#clock.now() + Math.floor(late);
    const added: Delivery = { ...delivery, id, identifier, body: JSON.stringify(body), tries: 0, due };
    this.#keep(added);
    if (fault?.effect === "duplicate") this.#keep({ ...added, id: `${id}-again` });
  }

  /** Stops sending. What is pending stays stored. */
  close(): void {
    this.#closing.abort();
    for (const timer of this.#timers.values()) timer.cancel();
  }

  #keep(delivery: Delivery): void {
    this.#pending.set(delivery.id, delivery);
    this.#arm(delivery);
  }

  #arm(delivery: Delivery): void {
    const timer = this.#clock.at(delivery.due, () => {
      this.#timers.delete(delivery.id);
      void this.#send(delivery);
    });
    this.#timers.set(delivery.id, timer);
  }

  async #send(delivery: Delivery): Promise<void> {
    const receiver = await this.#receiver;
    if (this.#closing.signal.aborted) return;
    const done = this.#clock.busy();
    try {
      const target = this.#target(delivery, receiver);
      if (!target) this.#pending.delete(delivery.id);
      else {
        const outcome = await this.#post(target, delivery.body);
        if (this.#closing.signal.aborted) return;
        const lost = this.faults.met(delivery.event, ["lose-answer"]);
        this.#conclude(delivery, target.url, lost ? { problem: "the answer was lost" } : outcome);
      }
    } finally {
      done();
    }
  }

  /** Where it goes now; undefined when the webhook was deleted or switched off meanwhile. */
  #target(
    delivery: Delivery,
    receiver: string | undefined,
  ): { url: string; headers: Record<string, string> } | undefined {
    const headers = { "content-type": "application/json; charset=UTF-8" };
    if (delivery.to === "automation") {
      const authorization = `Bearer ${this.#settings.automationToken}`;
      return receiver === undefined
        ? undefined
        : { url: `${receiver}/webhooks/automation`, headers: { ...headers, authorization } };
    }
    const webhook = this.#webhooks.find(delivery.to.webhookId);
    if (!webhook?.enabled) return undefined;
    return {
      url: filledIn(webhook.url, delivery.about),
      headers: {
        ...headers,
        "user-agent": "Atlassian HTTP Client",
        "x-atlassian-webhook-identifier": delivery.identifier,
        "x-atlassian-webhook-flow": "Primary",
        ...(delivery.tries > 0 ? { "x-atlassian-webhook-retry": String(delivery.tries) } : {}),
        ...(webhook.secret ? { "x-hub-signature": signature(webhook.secret, delivery.body) } : {}),
      },
    };
  }

  async #post(target: { url: string; headers: Record<string, string> }, body: string): Promise<Outcome> {
    const late = new AbortController();
    const limit = this.#clock.at(this.#clock.now() + this.#settings.webhookTimeoutMs, () => late.abort());
    try {
      const response = await fetch(target.url, {
        method: "POST",
        headers: target.headers,
        body,
        redirect: "manual",
        signal: AbortSignal.any([late.signal, this.#closing.signal]),
      });
      await response.arrayBuffer();
      return { status: response.status };
    } catch (error) {
      return { problem: late.signal.aborted ? "no answer in time" : reasonOf(error) };
    } finally {
      limit.cancel();
    }
  }

  #conclude(delivery: Delivery, url: string, outcome: Outcome): void {
    const { event } = delivery;
    const attempt = delivery.tries + 1;
    if ("status" in outcome && outcome.status >= 200 && outcome.status < 300) {
      this.#pending.delete(delivery.id);
      this.#tell(delivery.about.issueKey, {
        type: "webhook delivered",
        event,
        url,
        attempt,
        status: outcome.status,
      });
      return;
    }
    const retried =
      delivery.to !== "automation" &&
      delivery.tries < mostRetries &&
      ("problem" in outcome || retriedStatuses.has(outcome.status) || outcome.status >= 500);
    const wait = Math.floor((5 + 10 * fraction(`${delivery.identifier} ${attempt}`)) * minute);
    const retryAt = retried ? this.#clock.now() + wait : null;
    const problem = "problem" in outcome ? outcome.problem : `HTTP ${outcome.status}`;
    if (retryAt === null) this.#pending.delete(delivery.id);
    else this.#keep({ ...delivery, tries: attempt, due: retryAt });
    this.#tell(delivery.about.issueKey, { type: "webhook failed", event, url, attempt, problem, retryAt });
  }
}

function filledIn(url: string, about: Delivery["about"]): string {
  return url
    .replaceAll("{issue.id}", about.issueId)
    .replaceAll("{issue.key}", about.issueKey)
    .replaceAll("{project.id}", about.projectId)
    .replaceAll("{project.key}", about.projectKey);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

/** Between 0 and 1, always the same for the same text: chance that a test can repeat. */
function fraction(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE() / 2 ** 32;
}

function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}
