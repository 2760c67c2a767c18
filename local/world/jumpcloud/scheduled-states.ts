import * as v from "valibot";
import type { LocalClock, Timer } from "../../clock.ts";
import { object, timestamp } from "../../json-schemas.ts";
import type { Collection, Store } from "../../store.ts";
import { type Caller, jumpcloudItself } from "./authentication.ts";
import { newId } from "./ids.ts";
import { refusal } from "./refusal.ts";
import type { Users } from "./users.ts";

/** The body of `POST /api/v2/bulk/userstates`. */
export const scheduleBody = object({
  user_ids: v.pipe(v.array(v.string()), v.nonEmpty()),
  state: v.picklist(["ACTIVATED", "SUSPENDED"]),
  start_date: timestamp,
  send_activation_emails: v.exactOptional(v.boolean()),
  activation_email_override: v.exactOptional(v.string()),
});

/** A change of one user's state at a later date, as the API answers it. */
export type ScheduledState = {
  scheduledJobId: string;
  systemUserId: string;
  state: "ACTIVATED" | "SUSPENDED";
  scheduledDate: string;
};

type Job = ScheduledState & { mail: string | boolean };

/** The changes of state that are to happen at their date. They run on the clock, and after a restart at once if late. */
export class ScheduledStates {
  readonly #jobs: Collection<Job>;
  readonly #timers = new Map<string, Timer>();
  readonly #store: Store;
  readonly #clock: LocalClock;
  readonly #users: Users;

  constructor({ store, clock, users }: { store: Store; clock: LocalClock; users: Users }) {
    this.#jobs = store.collection("jumpcloud.scheduled-states");
    this.#store = store;
    this.#clock = clock;
    this.#users = users;
  }

  /** Takes up the jobs that an earlier run has left. */
  resume(): void {
    for (const job of this.#jobs.values()) this.#arm(job);
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** Soonest first; those of users who are gone are left out. */
  all(): ScheduledState[] {
    return this.#jobs
      .values()
      .filter((job) => this.#users.find(job.systemUserId))
      .map(({ mail: _, ...scheduled }) => scheduled)
      .sort((a, b) => a.scheduledDate.localeCompare(b.scheduledDate));
  }

  /** The next one of each user and state, for these users. */
  next(userIds: string[]): ScheduledState[] {
    const seen = new Set<string>();
    return this.all().filter(({ systemUserId, state }) => {
      const first = userIds.includes(systemUserId) && !seen.has(`${systemUserId} ${state}`);
      seen.add(`${systemUserId} ${state}`);
      return first;
    });
  }

  /** One job for each user. The same schedule again makes the same jobs again: nothing is recognized. */
  create(body: v.InferOutput<typeof scheduleBody>, by: Caller): ScheduledState[] {
    const { state, send_activation_emails: sendMails, activation_email_override: override } = body;
    const date = new Date(body.start_date);
    if (date.getTime() <= this.#clock.now()) throw refusal(400, "start_date must be in the future");
    if (state === "SUSPENDED" && (sendMails !== undefined || override !== undefined))
      throw refusal(400, "mails can only be chosen for ACTIVATED");
    if (override !== undefined && body.user_ids.length > 1)
      throw refusal(400, "activation_email_override can only be used with one user");
    const users = body.user_ids.map((id) => this.#users.get(id));
    const mail = sendMails === false ? false : (override ?? true);
    return users.map((user) => {
      const scheduledJobId = newId(this.#clock.now());
      const scheduled = { scheduledJobId, systemUserId: user._id, state, scheduledDate: date.toISOString() };
      this.#jobs.set(scheduledJobId, { ...scheduled, mail });
      this.#arm({ ...scheduled, mail });
      this.#users.record(by, user, {
        type: state === "ACTIVATED" ? "activation scheduled" : "suspension scheduled",
        scheduled: { state, date: scheduled.scheduledDate },
      });
      return scheduled;
    });
  }

  /** Throws 404 for an unknown job, one that has run included. */
  remove(jobId: string, by: Caller): void {
    const job = this.#jobs.get(jobId);
    if (!job) throw refusal(404, `there is no scheduled job ${jobId}`);
    this.#forget(job);
    const user = this.#users.find(job.systemUserId);
    if (!user) return;
    this.#users.record(by, user, {
      type: job.state === "ACTIVATED" ? "activation schedule deleted" : "suspension schedule deleted",
      scheduled: { state: job.state, date: job.scheduledDate },
    });
  }

  #arm(job: Job): void {
    const timer = this.#clock.at(Date.parse(job.scheduledDate), () =>
      this.#store.together(() => this.#run(job)),
    );
    this.#timers.set(job.scheduledJobId, timer);
  }

  #run(job: Job): void {
    this.#forget(job);
    const user = this.#users.find(job.systemUserId);
    if (!user || user.state === job.state) return;
    const changed = this.#users.setState(user, job.state, jumpcloudItself);
    if (job.state === "ACTIVATED" && job.mail !== false)
      this.#users.mailActivation(changed, jumpcloudItself, job.mail === true ? undefined : job.mail);
  }

  #forget(job: Job): void {
    this.#timers.get(job.scheduledJobId)?.cancel();
    this.#timers.delete(job.scheduledJobId);
    this.#jobs.delete(job.scheduledJobId);
  }
}
