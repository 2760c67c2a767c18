import type { Collection, Store } from "../../store.ts";
import { keys } from "../company.ts";
import type { Counters } from "./counters.ts";
import { accessProject } from "./project.ts";

/** An admin webhook as it is registered. */
export type Webhook = {
  id: string;
  name: string;
  description: string;
  /** May hold variables: `{issue.id}`, `{issue.key}`, `{project.id}`, `{project.key}`. */
  url: string;
  events: string[];
  /** Which issues it is for; all when it is empty. */
  jql: string;
  enabled: boolean;
  /** Signs the deliveries. It is never shown. */
  secret: string | null;
  updated: number;
  updatedBy: string;
};

const latchkeyId = "1";

/** The registered admin webhooks. */
export class Webhooks {
  readonly #webhooks: Collection<Webhook>;
  readonly #counters: Counters;

  constructor(store: Store, counters: Counters) {
    this.#webhooks = store.collection("jira.webhooks");
    this.#counters = counters;
  }

  /** Registers Latchkey's webhook, or tells an existing one its new address; one that was deleted stays so. */
  seed(url: string, updated: number, updatedBy: string): void {
    const existing = this.#webhooks.get(latchkeyId);
    if (existing) this.#webhooks.set(latchkeyId, { ...existing, url });
    else if (this.#counters.next("webhooks seeded") === 1)
      this.#webhooks.set(latchkeyId, {
        id: latchkeyId,
        name: "Latchkey",
        description: "",
        url,
        events: ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted"],
        jql: `project = ${accessProject.key}`,
        enabled: true,
        secret: keys.webhookSecret,
        updated,
        updatedBy,
      });
  }

  all(): Webhook[] {
    return this.#webhooks.values();
  }

  find(id: string): Webhook | undefined {
    return this.#webhooks.get(id);
  }

  add(webhook: Omit<Webhook, "id">): Webhook {
    const added = { id: String(this.#counters.next("webhook", 2)), ...webhook };
    this.#webhooks.set(added.id, added);
    return added;
  }

  change(webhook: Webhook): void {
    this.#webhooks.set(webhook.id, webhook);
  }

  remove(id: string): void {
    this.#webhooks.delete(id);
  }
}
