import { describe, expect, test } from "vitest";
import {
  JiraRefusedError,
  JiraUnavailableError,
  type LatchkeyError,
  TransitionMissingError,
} from "../../../src/errors.ts";
import { comment } from "../../../src/requests/comment.ts";
import type { Transition } from "../../../src/requests/issue.ts";
import { moveTicket, settleTicket } from "../../../src/requests/ticket.ts";
import { request } from "../../support/requests.ts";
import { issue, requestType } from "../../support/use-cases.ts";

const { approved, granted, withdrawn, failed, ending = "" } = requestType.statuses;
const way = (id: string, to: string) => ({ id, to });
const ways: Record<string, Transition[]> = {
  [approved]: [way("41", granted)],
  [withdrawn]: [way("42", granted)],
  [ending]: [{ ...way("91", granted), isGlobal: true }],
};
const seen = { status: approved, transitions: ways[approved] ?? [] };
const said = comment("10012-1", "granted", ["You have it."]);

const refused = new JiraRefusedError("a move", 400);
const lost = new JiraUnavailableError("a move", { mayHaveHappened: true });

type World = {
  /** The status that Jira shows at each look; the last of them from then on. undefined: the issue is gone. */
  shows: (string | undefined)[];
  /** What Jira answers to each move; after that it takes every one. */
  answers: LatchkeyError[];
  /** Whether the comment is on the ticket already. */
  isSaid: boolean;
};

function open(parts: Partial<World>) {
  const world: World = { shows: [approved], answers: [], isSaid: false, ...parts };
  const moves: string[] = [];
  const slept: number[] = [];
  const comments: string[] = [];
  let looks = 0;
  const deps = {
    clock: { now: () => 0, sleep: async (milliseconds: number) => void slept.push(milliseconds) },
    jira: {
      issue: async () => {
        const statusId = world.shows[Math.min(looks++, world.shows.length - 1)];
        return statusId === undefined ? undefined : issue({ statusId, transitions: ways[statusId] ?? [] });
      },
      transition: async (_: string, id: string) => {
        moves.push(id);
        const answer = world.answers.shift();
        if (answer) throw answer;
      },
      comment: async () => void comments.push("granted"),
      hasSaid: async () => world.isSaid,
    },
  };
  return { deps, moves, slept, comments, looks: () => looks };
}

async function settle(parts: Partial<World> = {}, known = seen) {
  const { deps, ...world } = open(parts);
  const settlement = { topic: "granted", statuses: [granted], comment: said };
  const settled = settleTicket(deps, request("granted", { seen: known }), settlement);
  const outcome = await settled.catch((error: unknown) => error);
  return { ...world, outcome };
}

describe("a ticket is moved and commented on", () => {
  test("in one call, without a look at it, where the way is known", async () => {
    const { outcome, moves, looks, comments } = await settle();
    expect(outcome).toEqual({ status: granted, transitions: [] });
    expect([moves, looks(), comments]).toEqual([["41"], 0, []]);
  });

  test("from where somebody else has moved it, at once", async () => {
    const { outcome, moves, slept } = await settle({ answers: [refused], shows: [withdrawn] });
    expect(outcome).toEqual({ status: granted, transitions: [] });
    expect([moves, slept]).toEqual([["41", "42"], []]);
  });

  test("not by a way that leads there from everywhere, before a look at it: a run that died may have gone it", async () => {
    const everywhere = { status: approved, transitions: [{ ...way("91", granted), isGlobal: true }] };
    const { outcome, moves, comments } = await settle({ shows: [granted], isSaid: true }, everywhere);
    expect(outcome).toEqual({ status: granted, transitions: [] });
    expect([moves, comments]).toEqual([[], []]);
  });

  test("not again, when somebody else has moved it there and Jira shows that late", async () => {
    const shows = [approved, approved, approved, granted];
    const { outcome, moves, slept, comments } = await settle({ answers: [refused], shows });
    expect(outcome).toEqual({ status: granted, transitions: [] });
    expect(moves).toEqual(["41"]);
    expect(slept).toEqual([1_000, 2_000, 4_000]);
    expect(comments).toEqual(["granted"]);
  });

  test("again at once, when Jira's answer was lost: Jira refuses what it has done already, and shows that late", async () => {
    const { outcome, moves, slept, comments } = await settle({
      answers: [lost, refused],
      shows: [approved, approved, granted],
      isSaid: true,
    });
    expect(outcome).toEqual({ status: granted, transitions: [] });
    expect([moves, slept, comments]).toEqual([["41", "41"], [2_000], []]);
  });

  test("not again by a way that leads there from everywhere, when Jira's answer was lost and it shows the move late", async () => {
    const { outcome, moves, comments } = await settle(
      { answers: [lost], shows: [ending, ending, granted], isSaid: true },
      { status: ending, transitions: [] },
    );
    expect(outcome).toEqual({ status: granted, transitions: [] });
    expect([moves, comments]).toEqual([["91"], []]);
  });

  test("from a status that Jira shows late, after it showed two older ones", async () => {
    const shows = [approved, approved, failed, approved, withdrawn];
    const { outcome, moves } = await settle({ answers: [refused], shows });
    expect(outcome).toEqual({ status: granted, transitions: [] });
    expect(moves).toEqual(["41", "42"]);
  });

  test("not a third time, when the second move was refused too because of what Jira shows late", async () => {
    const { outcome, moves } = await settle(
      { answers: [refused, refused], shows: [approved, approved, approved, granted] },
      { status: failed, transitions: [way("40", granted)] },
    );
    expect(outcome).toEqual({ status: granted, transitions: [] });
    expect(moves).toEqual(["40", "41"]);
  });

  test("not when it is gone", async () => {
    const { outcome, comments } = await settle({
      answers: [new JiraRefusedError("a move", 404)],
      shows: [undefined],
    });
    expect([outcome, comments]).toEqual([undefined, []]);
  });
});

describe("an operator is called", () => {
  test("within half a minute, when Jira goes on refusing a move that it offers", async () => {
    const { outcome, moves, slept } = await settle({ answers: [refused, refused] });
    expect(outcome).toBe(refused);
    expect(moves).toEqual(["41", "41"]);
    expect(slept.reduce((sum, one) => sum + one, 0)).toBe(23_000);
  });

  test("at once, with the comment written, when nothing leads on from where the ticket is", async () => {
    const { outcome, slept, comments } = await settle(
      { shows: [failed] },
      { status: failed, transitions: [] },
    );
    expect(outcome).toBeInstanceOf(TransitionMissingError);
    expect([slept, comments]).toEqual([[], ["granted"]]);
  });

  test("after some seconds, when somebody else has moved it to where nothing leads on", async () => {
    const { outcome, moves, comments } = await settle({ answers: [refused], shows: [failed] });
    expect(outcome).toBeInstanceOf(TransitionMissingError);
    expect([moves, comments]).toEqual([["41"], ["granted"]]);
  });

  test("by nobody yet, but the run tries again later, when Jira's answers are lost again and again", async () => {
    const { outcome, moves, slept } = await settle({ answers: [lost, lost] });
    expect(outcome).toBe(lost);
    expect([moves, slept]).toEqual([["41", "41"], []]);
  });

  test("at once, when Jira takes no move at all", async () => {
    const { outcome, slept } = await settle({ answers: [new JiraUnavailableError("a move")] });
    expect(outcome).toBeInstanceOf(JiraUnavailableError);
    expect(slept).toEqual([]);
  });
});

describe("a ticket is moved without a word", () => {
  const move = async (parts: Partial<World>) => {
    const { deps, ...world } = open(parts);
    await moveTicket(deps, request("granted", { seen }), granted);
    return world;
  };

  test("and not again when Jira shows late that it is there", async () => {
    const { moves, comments } = await move({ answers: [refused], shows: [approved, granted] });
    expect([moves, comments]).toEqual([["41"], []]);
  });

  test("unless nothing leads there", async () => {
    await expect(move({ answers: [refused], shows: [failed] })).rejects.toThrow(TransitionMissingError);
  });
});
