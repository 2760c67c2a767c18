import type { LocalClock } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import { keys } from "../company.ts";
import type { Caller } from "./authentication.ts";
import { newId } from "./ids.ts";

export type Change = { field: string; from?: unknown; to?: unknown };

/** Something that happened in the simulated JumpCloud. */
export type JumpCloudEvent = {
  source: "jumpcloud";
  /** Milliseconds since 1970. */
  at: number;
  /** The name of who did it; "JumpCloud" when it did so itself. */
  by: string;
} & JumpCloudFact;

/** Which of the optional parts there are follows from `type`. */
export type JumpCloudFact = {
  type: keyof typeof eventTypes;
  user?: { id: string; username: string; email: string };
  group?: { id: string; name: string };
  application?: { id: string; name: string };
  system?: { id: string; name: string };
  /** The fields that changed, with their values before and after. */
  changes?: Change[];
  /** The state that is scheduled, and when, in ISO 8601. */
  scheduled?: { state: string; date: string };
  mail?: { kind: "welcome" | "activation" | "password expired" | "password reset"; to: string };
};

/** What each event is called in Directory Insights; null for what is not seen there. */
const eventTypes = {
  "user created": "user_create",
  "user changed": "user_update",
  "user deleted": "user_delete",
  "user activated": "user_activated",
  "user suspended": "user_suspended",
  "user unsuspended": "user_unsuspended",
  "user locked": "user_lockout",
  "user unlocked": "user_unlocked",
  "password expired": "user_password_expired",
  "password set": "user_password_set",
  "mfa reset": "totp_delete_enrollment",
  "activation scheduled": "user_activation_schedule_create",
  "activation schedule deleted": "user_activation_schedule_delete",
  "suspension scheduled": "user_suspension_schedule_create",
  "suspension schedule deleted": "user_suspension_schedule_delete",
  "activation mail sent": "user_activation_email",
  "mail sent": null,
  "group created": "group_create",
  "group changed": "group_update",
  "group deleted": "group_delete",
  "member added": "association_change",
  "member removed": "association_change",
  "application bound": "association_change",
  "application unbound": "association_change",
  "system bound": "association_change",
  "system unbound": "association_change",
} as const;

/** An event in the shape of Directory Insights. */
export type InsightsEvent = Record<string, unknown> & { id: string; timestamp: string; service: string };

/** Remembers what happened for Directory Insights, and tells the narrator. */
export class Journal {
  readonly #events: Collection<InsightsEvent>;
  readonly #clock: LocalClock;
  readonly #tell: (event: JumpCloudEvent) => void;

  constructor(store: Store, clock: LocalClock, tell: (event: JumpCloudEvent) => void) {
    this.#events = store.collection("jumpcloud.events");
    this.#clock = clock;
    this.#tell = tell;
  }

  record(by: Caller, fact: JumpCloudFact): void {
    const at = this.#clock.now();
    const eventType = eventTypes[fact.type];
    if (eventType) {
      const id = newId(at);
      this.#events.set(id, {
        ...insightsEvent(by, fact, eventType),
        id,
        timestamp: new Date(at).toISOString(),
      });
    }
    this.#tell({ source: "jumpcloud", at, by: by.name, ...fact });
  }

  /** Oldest first. */
  events(): InsightsEvent[] {
    return this.#events.values();
  }
}

function insightsEvent(by: Caller, fact: JumpCloudFact, eventType: string) {
  return {
    service: "directory",
    event_type: eventType,
    organization: keys.jumpcloudOrganization,
    initiated_by: { id: by.id, type: by.type, ...(by.email ? { email: by.email } : {}) },
    ...(eventType === "association_change"
      ? { association: association(fact) }
      : { resource: resourceOf(fact) }),
    ...(fact.changes ? { changes: fact.changes } : {}),
    success: true,
    client_ip: "127.0.0.1",
    error_message: null,
  };
}

function resourceOf({ user, group }: JumpCloudFact): object | undefined {
  if (user) return { id: user.id, type: "user", username: user.username, email: user.email };
  if (group) return { id: group.id, type: "user_group", name: group.name };
  return undefined;
}

function association({ type, user, group, application, system }: JumpCloudFact): object {
  const from = group ? end("user_group", group.id, group.name) : end("user", user?.id, user?.username);
  const resource = application
    ? end("application", application.id, application.name)
    : system && end("system", system.id, system.name);
  return {
    op: type.endsWith("added") || type.endsWith(" bound") ? "add" : "remove",
    connection: { from, to: resource ?? end("user", user?.id, user?.username) },
  };
}

function end(type: string, id?: string, name?: string): object {
  return { type, object_id: id, name };
}
