import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evidencePage } from "../../cli/evidence-page.ts";
import type { AuditEntry } from "../../src/audit/audit-trail.ts";
import { openStory } from "../support/company-story.ts";
import { type Said, temporaryFolder, type } from "./support.ts";

type Pack = {
  ticket: string;
  requests: { requestId: string }[];
  trails: { id: string; entries: AuditEntry[] }[];
};

/** The evidence of a request whose actions were done, as the command wrote it. */
async function writtenEvidence(): Promise<{
  folder: string;
  file: string;
  said: Said;
  pack: Pack;
  id: string;
}> {
  const story = await openStory();
  await story.edit("alice.moreau", { account_locked: true });
  const { key, id } = await story.ask("alice.moreau", "27");
  await story.decide("oskar.weiss", key, "approve");
  const folder = temporaryFolder();
  const file = join(folder, `${key}.json`);
  const said = await type("--endpoint", story.runtime.awsUrl, "audit", "evidence", key, file);
  return { folder, file, said, pack: JSON.parse(readFileSync(file, "utf8")), id };
}

test("everything that is known of a ticket is written to a file, and to a page beside it", async () => {
  const { folder, file, said, pack, id } = await writtenEvidence();
  const page = join(folder, "ACC-1.html");
  expect(said).toEqual({
    code: 0,
    out: `${file} has 1 requests and 2 audit trails; ${page} is for reading.\n`,
    err: "",
  });
  expect(pack).toMatchObject({
    ticket: "ACC-1",
    requests: [
      { requestId: `${id}-1`, decisions: [{ outcome: "approved" }], rows: [{ steps: [{ state: "done" }] }] },
    ],
    trails: [{ id: `${id}-1` }, { id: `${id}-1/0` }],
  });
  const html = readFileSync(page, "utf8");
  expect(html).toContain("for          Unlock the account");
  for (const { entries } of pack.trails)
    for (const { hash } of entries) expect(html).toContain(`<code>${hash}</code>`);
  expect(html).not.toContain("<script");
});

test("what a form says cannot become a part of the page", () => {
  const html = evidencePage({ ticket: "<img src=\"x\" onerror='y'>&", requests: [], trails: [] });
  expect(html).toContain("&#60;img src=&#34;x&#34; onerror=&#39;y&#39;&#62;&#38;");
  expect(html).not.toContain("<img");
});

test("a file that nobody touched is whole, and says what to compare it with", async () => {
  const { file, pack } = await writtenEvidence();
  const { code, out, err } = await type("audit", "verify", file);
  const lines = pack.trails.map(
    (trail) =>
      `${trail.id}: ${trail.entries.length} entries, whole, last hash ${trail.entries.at(-1)?.hash}\n`,
  );
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out.startsWith(lines.join(""))).toBe(true);
  expect(out).toContain("compare with the hashes on the ticket");
});

const tamperings: [tamper: (entries: AuditEntry[]) => AuditEntry[], why: RegExp][] = [
  [([first, ...rest]) => [...edited(first, { at: 0 }), ...rest], /chain is broken at entry 1/],
  [([first, ...rest]) => [...edited(first, { x: 1 }), ...rest], /broken at entry 1/],
  [(all) => all.slice(1), /chain is broken at entry 2/],
  [(all) => [...all.slice(0, 2).reverse(), ...all.slice(2)], /chain is broken at entry 2/],
  [(all) => [...all.slice(0, 1), ...all], /chain is broken at entry 1/],
  [(all) => all.slice(0, -1), /does not have the entry \d+ that the request knows of/],
  [() => [], /does not have the entry \d+ that the request knows of/],
];

function edited(entry: AuditEntry | undefined, change: object): AuditEntry[] {
  return entry ? [Object.assign({}, entry, change)] : [];
}

test("an entry that was changed, dropped, moved, doubled or cut off is found, in every trail", async () => {
  const { folder, pack } = await writtenEvidence();
  const { trails, ...rest } = pack;
  const forged = join(folder, "forged.json");
  expect(trails).toHaveLength(2);
  for (const [[tamper, why], [index, trail]] of tamperings.flatMap((one) =>
    [...trails.entries()].map((other) => [one, other] as const),
  )) {
    const changed = { ...rest, trails: trails.with(index, { ...trail, entries: tamper(trail.entries) }) };
    writeFileSync(forged, JSON.stringify(changed));
    const { code, out, err } = await type("audit", "verify", forged);
    expect(code).toBe(1);
    expect(out.split("\n").find((line) => line.startsWith(`${trail.id}: `))).toMatch(why);
    expect(err).toBe(`latchkey: 1 of 2 audit trails in ${forged} are not whole.\n`);
  }
});

test("a trail that is missing, or that of another request, is found", async () => {
  const { folder, pack } = await writtenEvidence();
  const { trails, ...rest } = pack;
  const forged = join(folder, "forged.json");
  const [first, second] = trails;
  if (!first || !second) throw new Error("There are two.");
  writeFileSync(forged, JSON.stringify({ ...rest, trails: [first] }));
  expect((await type("audit", "verify", forged)).out).toContain(
    `${second.id}: NOT WHOLE: the trail is missing`,
  );
  writeFileSync(forged, JSON.stringify({ ...rest, trails: [first, { ...second, entries: first.entries }] }));
  expect((await type("audit", "verify", forged)).out).toContain("it has entries of another trail");
  writeFileSync(forged, JSON.stringify({ ...rest, trails: [...trails, { ...second, id: "99-1" }] }));
  expect((await type("audit", "verify", forged)).out).toContain("99-1: NOT WHOLE: no request has this trail");
});

test.each([
  ["text that is no JSON", "nonsense"],
  ["JSON of something else", '{"ticket":"ACC-1"}'],
])("%s is said not to be evidence", async (_, text) => {
  const other = join(temporaryFolder(), "other.json");
  writeFileSync(other, text);
  const { code, out, err } = await type("audit", "verify", other);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain(`${other} is not what “latchkey audit evidence” or “audit export” writes`);
});
