import { expect } from "vitest";
import type { WorldEvent } from "../../local/world/events.ts";
import { serviceAccount } from "../../local/world/jira/accounts.ts";
import type { Story } from "../support/company-story.ts";
import type { Wire } from "../support/wire.ts";
import { type Expected, givenBy, notOnce, type Recording } from "./once.ts";

type Issue = { key: string; id: string };

export type Watch = {
  /** What was recorded of all requests. */
  seen(): Pick<Recording, "before" | "jira" | "jumpcloud" | "aws"> & { events: WorldEvent[] };
  record(issue: Issue): Promise<Recording>;
  /** Fails when something was not done, or done twice. */
  expectOnce(issue: Issue, expected: Expected): Promise<Recording>;
  /** The same for several requests, which are all that there are. */
  expectAllOnce(all: [issue: Issue, expected: Expected][]): Promise<Recording[]>;
};

/** Begins to watch: what was done until now belongs to the company as it is, and not to a request. */
export async function watch(
  story: Story,
  parts: { jumpcloudWire?: Wire; earlier?: Watch } = {},
): Promise<Watch> {
  const { earlier, jumpcloudWire } = parts;
  const before = earlier?.seen().before ?? (await members(story));
  story.jira.calls.clear();
  story.jumpcloud.calls.clear();

  const seen = () => {
    const first = earlier?.seen();
    return {
      before,
      jira: [...(first?.jira ?? []), ...story.jira.calls.all()],
      jumpcloud: [...(first?.jumpcloud ?? []), ...story.jumpcloud.calls.all()],
      aws: [...(first?.aws ?? []), ...story.awsCalls],
      events: [...(first?.events ?? []), ...story.events],
    };
  };
  const record = async ({ key, id }: Issue): Promise<Recording> => {
    const request = await story.stored(id);
    const held = request.status === "failed" ? request.before : request;
    const userId = "pin" in held ? held.pin?.beneficiary.userId : undefined;
    const executions = (await story.executions()).filter(({ name }) => name.startsWith(`${key}-`));
    const { events, ...calls } = seen();
    return {
      issueKey: key,
      executions,
      ...calls,
      moves: events.flatMap((event) =>
        event.type === "status changed" && event.issueKey === key ? [{ to: event.to, by: event.by }] : [],
      ),
      comments: events.flatMap((event) =>
        event.type === "comment added" && event.issueKey === key && event.by === serviceAccount.displayName
          ? [{ public: event.public, text: event.text }]
          : [],
      ),
      request,
      trail: await story.operator.audit.entries(request.requestId),
      ledger: userId === undefined ? [] : await story.ledger.ofUser(userId),
      now: await members(story),
      unanswered: (jumpcloudWire?.unanswered ?? []).filter((text) => text.startsWith("POST ")).length,
      deadLetters: await story.deadLetters(),
    };
  };
  const expectAllOnce: Watch["expectAllOnce"] = async (all) => {
    const recorded: { recording: Recording; expected: Expected }[] = [];
    for (const [issue, expected] of all) recorded.push({ recording: await record(issue), expected });
    for (const { recording, expected } of recorded) {
      const besides = recorded.flatMap((other) =>
        other.recording === recording ? [] : givenBy(other.recording, other.expected),
      );
      expect(notOnce(recording, expected, besides), recording.issueKey).toEqual([]);
    }
    return recorded.map(({ recording }) => recording);
  };
  return {
    seen,
    record,
    expectAllOnce,
    expectOnce: async (issue, expected) => {
      const recording = await record(issue);
      expect(notOnce(recording, expected)).toEqual([]);
      return recording;
    },
  };
}

/** As it is, whatever the API shows at the moment. */
async function members(story: Story): Promise<Record<string, string[]>> {
  return (await story.callJumpCloud("GET", "/_simulated/members")).body;
}
