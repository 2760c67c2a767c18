import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { auditLines } from "../../cli/audit-file.ts";
import { type Anchor, type AnchoredHead, anchorOf } from "../../src/audit/anchor.ts";
import { type AuditEntry, chain, start } from "../../src/audit/audit-trail.ts";
import { dayOf } from "../../src/audit/day.ts";
import { sha256 } from "../../src/audit/hash.ts";
import { openStory, option } from "../support/company-story.ts";
import { temporaryFolder, type } from "./support.ts";

const day = 86_400_000;
const monday = Date.UTC(2026, 10, 16);

/** Trails with entries on the given days, the last of which is not over, as they would be exported. */
function exportOf(trails: number[][]): string {
  const byTrail = new Map<string, AuditEntry[]>();
  for (const [number, days] of trails.entries()) {
    const id = `${10_000 + number}-1`;
    const entries: AuditEntry[] = [];
    for (const [index, offset] of days.toSorted((a, b) => a - b).entries())
      entries.push(
        chain(id, entries.at(-1) ?? start, {
          id: `step/${index}`,
          at: monday + offset * day + index,
          writtenOn: dayOf(monday + offset * day),
          action: "ticket.told",
          by: [`acc-${number}`],
          policyVersion: 3,
          facts: { outcome: `outcome ${index}`, groups: ["a", "b"], count: index },
        }),
      );
    byTrail.set(id, entries);
  }
  const anchors: Anchor[] = [];
  for (let offset = 0; offset < today; offset++) {
    const on = dayOf(monday + offset * day);
    const entries: AnchoredHead[] = [...byTrail.values()].flat().filter(({ writtenOn }) => writtenOn === on);
    anchors.push(anchorOf(on, anchors.at(-1), entries));
  }
  const heads = new Map(
    [...byTrail].map(([id, entries]) => {
      const { sequence = 0, hash = "" } = entries.at(-1) ?? {};
      return [id, { sequence, hash }];
    }),
  );
  const made = { stack: "latchkey-test", at: monday + today * day + 3_600_000 };
  return auditLines({ trails: byTrail, heads, anchors }, made);
}

const today = 4;
const trails = fc.array(fc.array(fc.integer({ min: 0, max: today }), { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 4,
});

const file = join(temporaryFolder(afterAll), "audit.jsonl");

async function verify(text: string) {
  writeFileSync(file, text);
  return type("audit", "verify", file);
}

type Line = { kind: string; requestId?: string; sequence?: number; [member: string]: unknown };

const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** As whoever forges a file would do it: with the right hash in its last line. */
function sealed(lines: Line[]): string {
  const text = lines
    .filter(({ kind }) => kind !== "end")
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
  const end = { kind: "end", lines: text.split("\n").length - 1, hash: sha256(text) };
  return `${text}${JSON.stringify(end)}\n`;
}

/** The value with one of its parts, wherever it is, replaced by another of the same type. */
function flipped(value: unknown, which: number): unknown {
  if (typeof value === "string")
    return value === "" ? "x" : `${value.slice(0, -1)}${value.endsWith("0") ? "1" : "0"}`;
  if (typeof value === "number") return value + 1;
  if (Array.isArray(value))
    return value.length === 0
      ? ["x"]
      : value.with(which % value.length, flipped(value[which % value.length], which));
  const entries = Object.entries(value as object).filter(([name]) => name !== "kind");
  const [name, part] = entries[which % entries.length] ?? ["", ""];
  return { ...(value as object), [name]: flipped(part, Math.floor(which / entries.length)) };
}

const at = (kinds: string[], lines: Line[], number: number) => {
  const places = lines.flatMap(({ kind }, index) => (kinds.includes(kind) ? [index] : []));
  return places[number % places.length] ?? 0;
};
const kept = ["entry", "head", "anchor"];

/** What somebody may do to a file and seal it again; each gives the lines, or nothing where there is nothing to do it to. */
const forgeries: Record<string, (lines: Line[], one: number, other: number) => Line[] | undefined> = {
  flip: (lines, one, other) => {
    const index = at(kept, lines, one);
    return lines.with(index, flipped(lines[index], other) as Line);
  },
  drop: (lines, one) => lines.toSpliced(at(kept, lines, one), 1),
  "drop of a trail": (lines, one) => {
    const id = lines[at(["entry"], lines, one)]?.requestId;
    return lines.filter(({ kind, requestId }) => kind !== "entry" || requestId !== id);
  },
  "drop of a trail and of all that its request knows": (lines, one) => {
    const id = lines[at(["entry"], lines, one)]?.requestId;
    const isAnchored = JSON.stringify(lines.filter(({ kind }) => kind === "anchor")).includes(`"${id}"`);
    return isAnchored ? lines.filter(({ requestId }) => requestId !== id) : undefined;
  },
  swap: (lines, one, other) => {
    const index = at(["entry", "anchor"], lines, one);
    const { kind, requestId } = lines[index] ?? {};
    const places = lines.flatMap((line, place) =>
      line.kind === kind && line.requestId === requestId && place !== index ? [place] : [],
    );
    const place = places[other % places.length];
    if (place === undefined) return undefined;
    return lines.with(index, lines[place] as Line).with(place, lines[index] as Line);
  },
  insert: (lines, one, other) =>
    lines.toSpliced(at(kept, lines, other), 0, lines[at(kept, lines, one)] as Line),
  "insert that fits the chain, on a day that is over": (lines, one) => {
    const { requestId = "" } = lines[at(["entry"], lines, one)] ?? {};
    const last = lines.findLast((line) => line.requestId === requestId) as unknown as AuditEntry;
    const { id, at: moment, action, by, facts } = last;
    const forged = chain(requestId, last, {
      id: `${id}+`,
      at: moment,
      action,
      by,
      facts,
      writtenOn: dayOf(monday),
    });
    return [...lines, { kind: "entry", ...forged }];
  },
  truncation: (lines, one, other) => {
    const id = lines[at(["entry"], lines, one)]?.requestId;
    const places = lines.flatMap(({ kind, requestId }, index) =>
      kind === "entry" && requestId === id ? [index] : [],
    );
    const cut = places.slice(other % places.length);
    return lines.filter((_, index) => !cut.includes(index));
  },
  "truncation of the anchors": (lines, one) => {
    const from = at(["anchor"], lines, one);
    return lines.filter(({ kind }, index) => kind !== "anchor" || index < from);
  },
};

const numbers = fc.tuple(fc.nat(10_000), fc.nat(10_000));

describe("an export", () => {
  test("that nobody touched is whole, and says what to compare it with", () =>
    fc.assert(
      fc.asyncProperty(trails, async (days) => {
        const { code, out, err } = await verify(exportOf(days));
        expect({ code, err }).toEqual({ code: 0, err: "" });
        expect(out).toContain(`${days.length} of ${days.length} audit trails are whole.`);
        expect(out).toMatch(/The last of 4 anchors is that of 2026-11-19, SHA-256 [0-9a-f]{64}: compare/);
      }),
      { numRuns: 30 },
    ));

  test.each(Object.entries(forgeries))("shows a %s, also when it was sealed again", (_, forge) =>
    fc.assert(
      fc.asyncProperty(trails, numbers, async (days, [one, other]) => {
        const lines = linesOf(exportOf(days));
        const forged = forge(lines, one, other);
        fc.pre(forged !== undefined);
        const { code, err } = await verify(sealed(forged ?? []));
        expect({ code, says: err !== "" }).toEqual({ code: 1, says: true });
      }),
      { numRuns: 60 },
    ),
  );

  test("shows every character that was changed, left out or added, and every end that is missing", () =>
    fc.assert(
      fc.asyncProperty(
        trails,
        numbers,
        fc.constantFrom("change", "leave out", "add", "cut"),
        async (days, [one], how) => {
          const text = exportOf(days);
          const place = one % (text.length - 1);
          const after = { change: place + 1, "leave out": place + 1, add: place, cut: text.length }[how];
          const put = { change: text[place] === "7" ? "8" : "7", "leave out": "", add: "7", cut: "" }[how];
          expect((await verify(text.slice(0, place) + put + text.slice(after))).code).toBe(1);
        },
      ),
      { numRuns: 200 },
    ));

  test("says in plain words which trail it is, and where", async () => {
    const text = exportOf([[0, 1, 4], [0], [4, 4]]);
    const lines = linesOf(text);
    const told = async (change: (line: Line) => Line | undefined) => {
      const { out } = await verify(sealed(lines.flatMap((line) => change(line) ?? [])));
      return out.split("\n").slice(0, -3);
    };
    const first = ({ kind, requestId }: Line) => kind === "entry" && requestId === "10000-1";
    expect(
      await told((line) => (first(line) && line.sequence === 2 ? { ...line, by: ["somebody"] } : line)),
    ).toEqual(["Trail 10000-1: the chain is broken at entry 2."]);
    expect(await told((line) => (first(line) && line.sequence === 3 ? undefined : line))).toEqual([
      "Trail 10000-1: it does not have the entry 3 that the request knows of.",
    ]);
    expect(await told((line) => (line.requestId === "10001-1" ? undefined : line))).toEqual([
      "Trail 10001-1: the trail is missing.",
    ]);
    expect(await told((line) => (line.day === "2026-11-17" ? undefined : line))).toEqual([
      "The anchor of 2026-11-18 comes after that of 2026-11-16: one is missing or misplaced.",
    ]);
    expect((await verify(text.replace('"outcome 1"', '"outcome 2"'))).out).toContain(
      "The file is not as it was made: lines were changed, moved, added or left out.",
    );
    expect(
      (await verify(`${lines.map((line) => JSON.stringify(line)).join("\n")}\nnonsense\n`)).err,
    ).toContain(`Line ${lines.length + 1} is not what an export has`);
  });

  test("whose newest anchor is old says so: the days since were not anchored, or their anchors were hidden", async () => {
    const lines = linesOf(exportOf([[0]]));
    const later = lines.map((line) => (line.kind === "export" ? { ...line, at: monday + 7 * day } : line));
    const { code, out } = await verify(sealed(later));
    expect(code).toBe(1);
    expect(out).toContain("There is no anchor after 2026-11-19: later ones are missing, or were never made.");
  });
});

test("everything is exported, of requests, actions, the policy and the switch, and is whole; as a table too", async () => {
  const story = await openStory();
  const { id } = await story.request("alice.moreau", option.githubDeveloper);
  await story.edit("alice.moreau", { account_locked: true });
  const action = await story.ask("alice.moreau", "27");
  await story.decide("oskar.weiss", action.key, "approve");
  const endpoint = ["--endpoint", story.runtime.awsUrl];
  await type(...endpoint, "grants", "stop", "--why", "a drill");
  const written = await type(...endpoint, "audit", "export", file);
  expect(written).toEqual({
    code: 0,
    out: expect.stringMatching(/has 4 audit trails with \d+ entries, and 0 anchors\.\n$/),
    err: "",
  });
  const trailsIn = linesOf(readFileSync(file, "utf8")).flatMap(({ kind, requestId }) =>
    kind === "head" ? [requestId] : [],
  );
  expect(trailsIn.sort()).toEqual([`${id}-1`, `${action.id}-1`, `${action.id}-1/0`, "grants"].sort());
  const { code, out } = await type("audit", "verify", file);
  expect(out).toContain("4 of 4 audit trails are whole.\nThere is no anchor yet");
  expect(code).toBe(0);

  const csv = file.replace("jsonl", "csv");
  await type(...endpoint, "audit", "export", csv);
  const [header, ...rows] = readFileSync(csv, "utf8").trimEnd().split("\r\n");
  expect(header).toBe('"trail","sequence","at","action","by","policyVersion","facts","hash"');
  expect(rows.join("\n")).toContain('"grants.stopped","","1","{""why"":""a drill""}"');
  expect(`${rows.length} entries`).toBe(/\d+ entries/.exec(written.out)?.[0]);
});
