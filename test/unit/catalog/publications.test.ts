import { describe, expect, test } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { OptionsUnclearError } from "../../../src/catalog/plan-options.ts";
import { accessPublications, groupPublications } from "../../../src/catalog/publications.ts";
import type { Site } from "../../../src/policy/site.ts";
import { accessTypes } from "../../../src/policy/site.ts";
import { readPolicyFiles } from "../../../src/policy-files/read-policy-files.ts";

const files = readPolicyFiles("policy");
if ("problems" in files) throw new Error("the example files are wrong");
const [requestType] = accessTypes(files.site);
if (!requestType) throw new Error("the example has no request type");

const entitlement = (id: string, option?: string) => ({
  id,
  name: id.toUpperCase(),
  ...(option === undefined ? {} : { option }),
  groups: [],
  durations: { permanent: true },
});
const application = (id: string, parts: Partial<Catalog["applications"][number]> = {}) => ({
  id,
  name: id.toUpperCase(),
  owner: "owner@fernhill.example",
  status: "approved" as const,
  entitlements: [entitlement("user")],
  ...parts,
});

const cascading = new Set(["customfield_10050", "customfield_20"]);

/** Two forms, each with a field of its own. */
const twoFields: Site = {
  ...files.site,
  requestTypes: [
    requestType,
    {
      ...requestType,
      id: "31",
      fields: { ...requestType.fields, entitlement: { id: "customfield_20", name: "Admin" } },
    },
  ],
};

describe("the access forms", () => {
  test("show what is open, in the order of the catalog, applications with their entitlements", () => {
    const catalog: Catalog = {
      applications: [
        application("b", { option: "7", entitlements: [entitlement("user", "8"), entitlement("admin")] }),
        application("a"),
        application("closed", { status: "disabled", entitlements: [entitlement("user", "9")] }),
        application("empty", { entitlements: [] }),
      ],
    };
    const [publication, ...more] = accessPublications(files.site, catalog, cascading, {
      customfield_10050: { a: "5", gone: "6" },
    });
    expect(more).toEqual([]);
    expect(publication).toEqual({
      fieldId: "customfield_10050",
      projects: ["10000"],
      forms: [{ project: "10000", requestTypeId: "25" }],
      wanted: [
        {
          owner: "b",
          label: "B",
          children: [
            { owner: "b/user", label: "USER" },
            { owner: "b/admin", label: "ADMIN" },
          ],
        },
        { owner: "a", label: "A", children: [{ owner: "a/user", label: "USER" }] },
      ],
      owned: new Map([
        ["a", "5"],
        ["gone", "6"],
        ["b", "7"],
        ["b/user", "8"],
        ["closed/user", "9"],
      ]),
      reserved: ["10113"],
    });
  });

  test("without a cascading field show one list", () => {
    const catalog: Catalog = { applications: [application("a", { option: "5" }), application("b")] };
    const [publication] = accessPublications(files.site, catalog, new Set(), {});
    expect(publication?.wanted).toEqual([
      { owner: "a/user", label: "A: USER" },
      { owner: "b/user", label: "B: USER" },
    ]);
  });

  test("with different fields show different parts of the catalog", () => {
    const catalog: Catalog = {
      applications: [application("a", { entitlements: [entitlement("user", "1")] }), application("b")],
      catalogs: [
        { id: "one", requestTypes: ["25"], when: { application: ["a"] } },
        { id: "two", requestTypes: ["31"], when: { application: ["b"] } },
      ],
    };
    const publications = accessPublications(twoFields, catalog, cascading, {});
    expect(publications.map(({ wanted }) => wanted.map(({ owner }) => owner))).toEqual([["a"], ["b"]]);
    expect(publications.map(({ owned }) => [...owned.keys()])).toEqual([["a/user"], []]);
  });

  test("with different fields cannot both show the same entitlement, which has one option only", () => {
    const catalog: Catalog = { applications: [application("a")] };
    expect(() => accessPublications(twoFields, catalog, cascading, {})).toThrow(OptionsUnclearError);
  });
});

describe("a field of groups", () => {
  const groups = [
    { groupId: "2", name: "github-b" },
    { groupId: "1", name: "github-a" },
    { groupId: "3", name: "zoom" },
    { groupId: "4", name: "github-protected" },
  ];
  const field = { id: "customfield_9", project: "10000", requestTypes: ["26"] };

  test("shows those whose names begin so, by name, and none that is protected", () => {
    const [publication] = groupPublications(
      { groupFields: [{ ...field, groups: { startWith: "github-" } }] },
      groups,
      ["4"],
      { customfield_9: { 1: "77" } },
    );
    expect(publication?.wanted).toEqual([
      { owner: "1", label: "github-a" },
      { owner: "2", label: "github-b" },
    ]);
    expect(publication?.owned).toEqual(new Map([["1", "77"]]));
  });

  test("shows those that are listed", () => {
    const [publication] = groupPublications(
      { groupFields: [{ ...field, groups: { ids: ["3", "4", "5"] } }] },
      groups,
      ["4"],
      {},
    );
    expect(publication?.wanted).toEqual([{ owner: "3", label: "zoom" }]);
    expect(groupPublications({}, groups, [], {})).toEqual([]);
  });
});
