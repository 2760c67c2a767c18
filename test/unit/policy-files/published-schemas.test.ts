import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { schemaFiles } from "../../../docs/generate-schemas.ts";

const names = ["site", "policy", "actions", "catalog"];

/** What the schema that the file names on its first line finds wrong. */
function problems(name: string, change: (text: string) => string = (text) => text): unknown[] {
  const file = `policy/${name}.yaml`;
  const text = readFileSync(file, "utf8");
  const reference = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? "";
  const schema = JSON.parse(readFileSync(join(dirname(file), reference), "utf8"));
  const ajv = new Ajv({ allErrors: true });
  const changed = change(text);
  if (ajv.validate(schema, parse(changed))) return [];
  return ajv.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`) ?? [];
}

test("the published schemas are those that the code makes (npm run generate)", () => {
  const files = schemaFiles();
  expect(Object.keys(files)).toHaveLength(names.length);
  for (const [file, text] of Object.entries(files)) expect(readFileSync(file, "utf8")).toBe(text);
});

test.each(names)("an editor finds nothing wrong with the example %s.yaml", (name) => {
  expect(problems(name)).toEqual([]);
});

test.each([
  ["site", "region: us", "region: mars", "/jumpcloud/region"],
  ["site", '"10303": 1d', '"10303": a day', "/requestTypes/0/durations/10303"],
  ["site", '"10303": 1d', "hours: 1d", "/requestTypes/0/durations property name"],
  ["site", "  api: gateway\n", "", "/jira must have required property 'api'"],
  ["policy", "expiresAfter: 7d", "expiresAfter: 7", "/expiresAfter"],
  ["policy", "ask: [manager]", "ask: []", "/approvals/manager"],
  ["policy", "reminders:", "reminder:", "must have required property 'reminders'"],
  [
    "catalog",
    "permanent: true",
    "permanent: sometimes",
    "/applications/0/entitlements/0/durations/permanent",
  ],
  ["catalog", "owner: dana", "ownr: dana", "/applications/0 must NOT have additional properties"],
  ["catalog", "attribute: department, in: [Data]", "attribute: departement, in: [Data]", "/eligibility"],
])("an editor marks a mistake in %s.yaml: %s → %s", (name, text, replacement, expected) => {
  const change = (before: string) => {
    expect(before).toContain(text);
    return before.replace(text, replacement);
  };
  expect(problems(name, change)).toContainEqual(expect.stringContaining(expected));
});

test("every setting is explained", () => {
  const unexplained = (value: unknown, path: string): string[] => {
    if (value === null || typeof value !== "object") return [];
    const { properties = {} } = value as { properties?: Record<string, { description?: string }> };
    return [
      ...Object.entries(properties).flatMap(([key, one]) => (one.description ? [] : [`${path}/${key}`])),
      ...Object.entries(value).flatMap(([key, one]) => unexplained(one, `${path}/${key}`)),
    ];
  };
  for (const text of Object.values(schemaFiles())) expect(unexplained(JSON.parse(text), "")).toEqual([]);
});
