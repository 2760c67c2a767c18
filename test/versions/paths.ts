import { retryRequest } from "../../cli/request-commands.ts";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { day, hour, option, personOf, type Story } from "../support/company-story.ts";

type Ticket = { key: string; id: string };

/** A way of a run through its graph. Between two steps it waits: for a person, for a time, or for an operator. */
export type Path = {
  machine: "access-request" | "directory-action";
  ask(story: Story): Promise<Ticket>;
  steps: ((story: Story, ticket: Ticket) => Promise<unknown>)[];
  /** The end of the first run, by the name of its last state. */
  end: string;
};

const decides =
  (login: string, decision: "approve" | "decline") =>
  (story: Story, { key }: Ticket) =>
    story.decide(login, key, decision);
const passes = (milliseconds: number) => (story: Story) => story.pass(milliseconds);
const account = (login: string) => ({ accountId: personOf(login).accountId });

const permanent = (story: Story) => story.request("alice.moreau", option.githubDeveloper);
const timed = (story: Story) => story.request("alice.moreau", option.awsDeveloper, { duration: "4 hours" });
const unlock = async (story: Story) => {
  await story.edit("alice.moreau", { account_locked: true });
  return story.ask("alice.moreau", "27");
};

/** What runs do, so that every place in which one can wait is in some of them. */
export const paths: Record<string, Path> = {
  "granted without an end": {
    machine: "access-request",
    ask: permanent,
    steps: [decides("jonas.bergmann", "approve")],
    end: "Access granted",
  },
  "granted after two approvals": {
    machine: "access-request",
    ask: (story) => story.request("alice.moreau", option.datadogAdministrator, { duration: "1 day" }),
    steps: [decides("jonas.bergmann", "approve"), decides("sofia.marino", "approve"), passes(2 * day)],
    end: "Access ended",
  },
  "granted for a time, and ended": {
    machine: "access-request",
    ask: timed,
    steps: [decides("jonas.bergmann", "approve"), passes(5 * hour)],
    end: "Access ended",
  },
  "ended early": {
    machine: "access-request",
    ask: timed,
    steps: [
      decides("jonas.bergmann", "approve"),
      (story, { key }) => story.press("alice.moreau", key, "endAccessNow"),
    ],
    end: "Access ended",
  },
  "granted from a later day on": {
    machine: "access-request",
    ask: (story) =>
      story.request("alice.moreau", option.awsDeveloper, {
        duration: "4 hours",
        fields: { [fieldIds.start]: new Date(story.clock.now() + 2 * day).toISOString() },
      }),
    steps: [decides("jonas.bergmann", "approve"), passes(2 * day), passes(5 * hour)],
    end: "Access ended",
  },
  refused: {
    machine: "access-request",
    ask: (story) => story.request("alice.moreau", option.somethingElse),
    steps: [],
    end: "Request refused",
  },
  declined: {
    machine: "access-request",
    ask: permanent,
    steps: [decides("jonas.bergmann", "decline")],
    end: "Request declined",
  },
  "expired after two reminders": {
    machine: "access-request",
    ask: permanent,
    steps: [passes(day + hour), passes(3 * day), passes(4 * day)],
    end: "Request expired",
  },
  withdrawn: {
    machine: "access-request",
    ask: permanent,
    steps: [(story, { key }) => story.press("alice.moreau", key, "cancelRequest")],
    end: "Request withdrawn",
  },
  "left to an operator, who tries again": {
    machine: "access-request",
    ask: permanent,
    steps: [
      async (story, { key }) => {
        story.jumpcloud.faults.add({ method: "POST", path: /members$/, status: 403 });
        await story.decide("jonas.bergmann", key, "approve");
      },
      async (story, { key }) => {
        story.jumpcloud.faults.clear();
        await retryRequest(story.operator, key, { json: false, write: () => {} });
        await story.settle();
      },
    ],
    end: "Needs an operator",
  },
  "an account unlocked": {
    machine: "directory-action",
    ask: unlock,
    steps: [decides("oskar.weiss", "approve")],
    end: "Request completed",
  },
  "an unlocking declined": {
    machine: "directory-action",
    ask: unlock,
    steps: [decides("oskar.weiss", "decline")],
    end: "Request declined",
  },
  "an unlocking that nobody decides on": {
    machine: "directory-action",
    ask: unlock,
    steps: [passes(2 * day), passes(6 * day)],
    end: "Request expired",
  },
  "a colleague who comes on a later day": {
    machine: "directory-action",
    ask: (story) =>
      story.ask("samuel.adeyemi", "30", {
        [fieldIds.firstName]: "Nora",
        [fieldIds.lastName]: "Ek",
        [fieldIds.department]: "Engineering",
        [fieldIds.manager]: account("jonas.bergmann"),
        [fieldIds.start]: new Date(story.clock.now() + 10 * day).toISOString(),
      }),
    steps: [decides("beatrice.conti", "approve"), passes(11 * day)],
    end: "Request completed",
  },
  "people of a team": {
    machine: "directory-action",
    ask: (story) => story.ask("robert.hughes", "28", { [fieldIds.people]: [account("elena.petrova")] }),
    steps: [decides("oskar.weiss", "approve")],
    end: "Request completed",
  },
};
