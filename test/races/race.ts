import type { Timer } from "../../local/clock.ts";
import { TaskFailure } from "../../local/runtime/states/host.ts";
import type { ApprovalRecord } from "../../src/approvals/approval-proof.ts";
import { firstBreak } from "../../src/audit/audit-trail.ts";
import { entriesOf } from "../../src/catalog/catalog.ts";
import { readPolicyFiles } from "../../src/policy-files/read-policy-files.ts";
import type { Doorbell } from "../../src/requests/doorbell.ts";
import { isOver, isUntold } from "../../src/requests/life.ts";
import { Request } from "../../src/requests/request.ts";
import { AuditTrails } from "../../src/storage/audit.ts";
import { Requests } from "../../src/storage/requests.ts";
import { Table } from "../../src/storage/table.ts";
import { people } from "../support/requests.ts";
import { requestType } from "../support/use-cases.ts";
import type { Engine } from "./engine.ts";
import { functionsIn } from "./invocable.ts";
import { MemoryTables } from "./memory-tables.ts";
import { SimulatedMemberships, SimulatedTicket } from "./simulated-ticket.ts";
import { type Invocation, Turns } from "./turns.ts";

export type Schedule = {
  /** How many people have to say yes, one after the other. */
  stages: 1 | 2;
  /** What the last of them says. */
  decision: "approved" | "declined" | "nothing";
  /** What else happens, at any time. */
  cancelled: boolean;
  endedEarly: boolean;
  /** Somebody stops the run, as an operator can. */
  runStopped: boolean;
  /** How often the doorbell of each event is rung: none at all, or more than once. */
  webhooks: number[];
  /** Whether the queue delivers again what a function did not finish. */
  isRedelivered: boolean;
  /** Before or after which of the calls to the outside, counted from the first, the function that makes it is killed. */
  crashes: { call: number; when: "before" | "after" }[];
  /** Which of the possible steps comes next. */
  choices: number[];
};

/** What makes the product worse, so that it can be seen that the search finds it. */
export type Flaws = {
  /** What is written takes the token along that was read before, also when another one has been kept since. */
  tokenReadBefore?: boolean;
  /** Nobody looks for what no webhook told. */
  withoutSweeper?: boolean;
  /** Whoever records a decision does not tell the run. */
  silent?: boolean;
};

const files = readPolicyFiles("policy");
if ("problems" in files) throw new Error("the example files are wrong");
const catalog = entriesOf(files.catalog);
/** Lasts four hours at most. */
const entries = catalog.map((entry) => ({ ...entry, durations: { default: "4h", permanent: false } }));
const options = { 1: "10201", 2: "10202" };
const { statuses } = requestType;
const owner = `acc-${entries.find(({ option }) => option === options[2])?.owner}`;

const minute = 60_000;
const period = 5 * minute;
const startOfTime = Date.UTC(2026, 10, 20, 9);
/** Until a function has time for a doorbell, or sees it again after it could not finish. */
const longestInQueue = 6 * minute;

/** How long after a decision the run may take to go on, whatever was lost or killed meanwhile. */
const patience = 60 * minute;

/** Executions of different races have different names. */
let number = 1;

/** One request from its ticket to its end, in the order of one schedule. */
export class Race {
  readonly #schedule: Schedule;
  readonly #flaws: Flaws;
  readonly turns: Turns;
  readonly #tables = new MemoryTables();
  readonly #ticket: SimulatedTicket;
  readonly #memberships: SimulatedMemberships;
  readonly #engine: Engine;
  readonly #id: string;
  #rung = 0;
  #decidedAt: number | undefined;
  /** Answers that a waiting run accepted. */
  readonly #resumed: string[] = [];
  readonly #runs = new Set<string>();
  #sweep: { time: number; timer: Timer } | undefined;
  readonly #unexpected: string[] = [];

  constructor(engine: Engine, schedule: Schedule, flaws: Flaws = {}) {
    this.#id = String(number++);
    this.#schedule = schedule;
    this.#flaws = flaws;
    this.#tables.versionsCount = !flaws.tokenReadBefore;
    this.#tables.onPut = () => this.#sweepWhenDue();
    const crashes = new Map(schedule.crashes.map(({ call, when }) => [call, when]));
    this.turns = new Turns(startOfTime, schedule.choices, crashes);
    const now = () => this.turns.now();
    this.#ticket = new SimulatedTicket(this.#id, options[schedule.stages], now, {
      changed: () => this.#sweepBy(now() + period),
      asked: (record) => this.#asked(record),
    });
    this.#memberships = new SimulatedMemberships(() => ({ at: now(), wasApproved: this.#isApproved() }));
    this.#engine = engine;
    engine.serve({ clock: this.turns, invoke: (name, payload) => this.#invoke(name, payload) });
  }

  /** What must never be, and was: nothing, if all is well. */
  async run(): Promise<string[]> {
    try {
      this.#happen();
      this.#sweepBy(startOfTime + period);
      await this.turns.play(20_000);
      return [...this.#unexpected, ...(await this.#findings())];
    } catch (error) {
      return [String(error)];
    }
  }

  #happen(): void {
    const { cancelled, endedEarly, runStopped } = this.#schedule;
    const { happenings } = this.turns;
    const ticket = this.#ticket;
    const say = (label: string, isPossible: () => boolean, happen: () => unknown) =>
      happenings.push({ label, isPossible, happen });
    this.#ring();
    if (cancelled)
      say(
        "the requester cancels",
        () => [statuses.open, statuses.approved, ...statuses.waiting].includes(ticket.statusId),
        () => this.#move(statuses.withdrawn),
      );
    if (endedEarly)
      say(
        "the holder ends the access",
        () => ticket.statusId === statuses.granted,
        () => this.#move(statuses.ending ?? ""),
      );
    if (runStopped)
      say(
        "somebody stops the run",
        () => this.#runs.size > 0,
        () => this.#stopRun(),
      );
  }

  /** Whoever is asked answers at any time from then on, as long as the ticket waits for it. */
  #asked(record: ApprovalRecord): void {
    const ticket = this.#ticket;
    const { stages, decision } = this.#schedule;
    const isLast = stages === 1 || record.approvers[0]?.accountId === owner;
    const answer = isLast ? decision : "approved";
    if (answer === "nothing") return;
    this.turns.happenings.push({
      label: `${isLast ? "the last approver" : "the first approver"} says: ${answer}`,
      isPossible: () => statuses.waiting.includes(ticket.statusId),
      happen: () => {
        this.#ring(ticket.decide(record, answer));
        if (isLast && answer === "approved") this.#decidedAt ??= this.turns.now();
      },
    });
  }

  #isApproved(): boolean {
    const approved = this.#ticket.records.filter(({ finalDecision }) => finalDecision === "approved");
    return approved.length >= this.#schedule.stages;
  }

  #move(to: string): void {
    this.#ticket.move(to, people.requester);
    this.#ring(people.requester);
  }

  /** The doorbell of an event, as often as Jira and the queue deliver it. */
  #ring(actor = people.requester): void {
    const times = this.#schedule.webhooks[this.#rung++] ?? 1;
    const doorbell: Doorbell = {
      schemaVersion: 1,
      source: "jira",
      issueId: this.#id,
      actor,
      status: this.#ticket.statusId,
      at: this.turns.now(),
    };
    for (let count = 0; count < times; count++) this.#deliver(doorbell, 1);
  }

  /** As soon as it is its turn; again, after a while, when it was not finished, at most five times. */
  #deliver(doorbell: Doorbell, time: number): void {
    const label = `${doorbell.source} rings${time > 1 ? ` again, for the ${time}th time` : ""}`;
    const happen = () =>
      this.#call("reconcile-issue", doorbell).catch((error: Error) => {
        if (error.name !== "Killed" && !isExpected(error)) this.#unexpected.push(String(error.stack));
        if (this.#schedule.isRedelivered && time < 5) this.#deliver(doorbell, time + 1);
      });
    const by = this.turns.now() + longestInQueue;
    this.turns.happenings.push({ label, isPossible: () => true, happen, by });
  }

  #call(name: string, payload: unknown): Promise<unknown> {
    return this.turns.run(name, (by) => {
      const work = this.#functions(by)[name as "reconcile-issue"];
      return work(payload as never);
    });
  }

  #functions(by: Invocation) {
    const step = <Answer>(label: string, effect: () => Answer) => this.turns.step(by, label, effect);
    return functionsIn({
      step,
      database: this.#tables.client(step),
      clock: this.turns,
      entries,
      ticket: this.#ticket,
      memberships: this.#memberships,
      workflow: {
        start: (run) => this.#start(run),
        succeed: (token, output) => this.#succeed(token, output),
      },
      ring: (doorbell) => this.#deliver(doorbell, 1),
    });
  }

  #start({ name, requestId }: { name: string; requestId: string }): Promise<boolean> {
    this.#runs.add(name);
    return this.#engine.start(name, requestId);
  }

  async #succeed(token: string, output: { outcome: string }): Promise<boolean> {
    if (this.#flaws.silent) return true;
    const isAccepted = await this.#engine.succeed(token, output);
    if (isAccepted) this.#resumed.push(output.outcome);
    return isAccepted;
  }

  async #stopRun(): Promise<void> {
    await this.#engine.stop([...this.#runs].at(-1) ?? "");
  }

  /** Every five minutes; the times at which nothing can be due and nothing has changed are left out. */
  #sweepBy(time: number): void {
    if (this.#flaws.withoutSweeper || (this.#sweep && this.#sweep.time <= time)) return;
    this.#sweep?.timer.cancel();
    const at = Math.max(Math.ceil(time / period) * period, this.turns.now() + 1);
    const sweep = () => {
      this.#sweep = undefined;
      const done = this.#call("sweep-requests", {});
      done.then(() => this.#sweepWhenDue()).catch(() => this.#sweepBy(this.turns.now() + period));
    };
    this.#sweep = { time: at, timer: this.turns.at(at, sweep) };
  }

  #sweepWhenDue(): void {
    const next = this.turns.now() + period;
    const due = this.#tables.numbers("requests", "nextCheckAt");
    if (due.length > 0) this.#sweepBy(Math.max(Math.min(...due), next));
    if (this.#ticket.changedWithin(45).length > 0) this.#sweepBy(next);
  }

  /** As Lambda does for Step Functions; a killed function is one that ran out of time. */
  async #invoke(name: string, payload: unknown): Promise<unknown> {
    try {
      return (await this.#call(name, payload)) ?? null;
    } catch (thrown) {
      const error = thrown as Error;
      if (error.name === "Killed") throw new TaskFailure("Sandbox.Timedout", "killed");
      const answer = { errorType: error.name, errorMessage: error.message };
      throw new TaskFailure(error.name, JSON.stringify(answer));
    }
  }

  async #findings(): Promise<string[]> {
    const { stages, runStopped } = this.#schedule;
    const database = this.#tables.client(async (_, effect) => effect());
    const found: string[] = [];
    const never = (is: boolean, what: string) => void (is && found.push(what));
    const request = await new Requests(new Table(database, "requests"), this.turns, Request).latest(this.#id);
    const isCancelled = this.#ticket.moves.some(({ to }) => to === statuses.withdrawn);
    never(!request && !isCancelled, "LOST: the ticket was never taken up");
    if (!request) return found;
    never(request.status === "refused", "REFUSED");

    const runs = await Promise.all([...this.#runs].map((name) => this.#engine.statusOf(name)));
    const changes = this.#memberships.changes;
    const granted = changes.filter(({ did }) => did === "added");
    const entries = await new AuditTrails(new Table(database, "audit"), this.turns, async () => 3).entries(
      `${this.#id}-1`,
    );

    never(!isOver(request), `LOST: the request is still ${request.status}`);
    never(isUntold(request), `LOST: the ticket does not know that the request is ${request.status}`);
    never(request.status === "failed", "LOST: an operator is needed");
    never(runs.includes("RUNNING"), "LOST: a run waits for ever");
    if (this.#decidedAt !== undefined && !isCancelled) {
      never(granted.length === 0, "LOST: approved, and not given");
      const late = (granted[0]?.at ?? 0) - this.#decidedAt;
      never(late > patience, `LOST: approved, and given ${late / minute} minutes later`);
    }
    never(!this.#memberships.isEmpty, "LOST: the access has not ended");

    const asked = this.#ticket.records.length;
    never(asked > stages, `DOUBLE: asked ${asked} times`);

    never(
      granted.some(({ wasApproved }) => !wasApproved),
      "given without an approval",
    );
    never(granted.length > 1, "DOUBLE: given twice");
    never(changes.length > 2 * granted.length, "DOUBLE: taken away twice");
    never(runs.length > (runStopped ? 2 : 1), `DOUBLE: ${runs.length} runs`);
    const twice = (all: unknown[]) => new Set(all).size < all.length;
    never(
      twice(this.#resumed.filter((outcome) => outcome !== "stage approved")),
      `DOUBLE: resumed by ${this.#resumed.join(", ")}`,
    );
    never(this.#resumed.length > stages + 1, `DOUBLE: resumed by ${this.#resumed.join(", ")}`);
    if ("decisions" in request)
      never(twice(request.decisions.map(({ stage }) => stage)), "DOUBLE: decided twice");
    never(twice(entries.map(({ id }) => id)), "DOUBLE: an entry of the audit trail");
    for (const once of ["access.ended", "access.end-asked", "request.withdrawn"])
      never(entries.filter(({ action }) => action === once).length > 1, `DOUBLE: ${once} in the audit trail`);

    never(firstBreak(entries) !== undefined, "the audit trail is broken");
    const { sequence, hash } = request.trail;
    never(entries[sequence - 1]?.hash !== hash, "the request's audit trail is another one");
    return found;
  }
}

function isExpected({ name }: Error): boolean {
  return ["BusyError", "JiraRefusedError"].includes(name);
}
