import { expect, test } from "vitest";
import { readForm, requestTypeOfIssue } from "../../../src/requests/form.ts";
import { entry, formHash, issue, requestType, site } from "../../support/use-cases.ts";

const { entitlement, duration, beneficiary, reason, requestType: typeField } = requestType.fields;
const form = (field: { id: string } | undefined, value: unknown) =>
  readForm(issue({}, { [field?.id ?? ""]: value }), requestType);
const paragraph = (text: string) => ({ type: "paragraph", content: [{ type: "text", text }] });

test("a choice is read from a plain and from a cascading select, by its id", () => {
  expect(form(entitlement, { id: "7" }).option).toBe("7");
  expect(form(entitlement, { id: "7", child: { id: "8" } }).option).toBe("8");
  expect(form(entitlement, null)).not.toHaveProperty("option");
  expect(form(entitlement, "GitHub")).not.toHaveProperty("option");
  expect(form(duration, null)).not.toHaveProperty("durationOption");
});

test("what is too long for an id is none", () => {
  const id = "7".repeat(129);
  expect(form(entitlement, { id })).not.toHaveProperty("option");
  expect(form(beneficiary, { accountId: id })).not.toHaveProperty("beneficiary");
});

test("a person is read from a picker of one and from a picker of several", () => {
  expect(form(beneficiary, { accountId: "a" }).beneficiary).toBe("a");
  expect(form(beneficiary, [{ accountId: "a" }, { accountId: "b" }]).beneficiary).toBe("a");
  expect(form(beneficiary, [])).not.toHaveProperty("beneficiary");
});

test("a reason is read from text and from a document, and blank is none", () => {
  expect(form(reason, " because ").reason).toBe("because");
  expect(form(reason, { content: [paragraph("be"), paragraph("cause")] }).reason).toBe("be cause");
  for (const blank of ["  ", null, { content: [] }, { content: [{ type: "rule" }] }])
    expect(form(reason, blank)).not.toHaveProperty("reason");
});

test("an issue belongs to a request type by the type's id and the project, both", () => {
  expect(requestTypeOfIssue(site, issue())).toBe(requestType);
  expect(requestTypeOfIssue(site, issue({ projectId: "1" }))).toBeUndefined();
  expect(requestTypeOfIssue(site, issue({}, { [typeField]: { requestType: { id: "1" } } }))).toBeUndefined();
  expect(requestTypeOfIssue(site, issue({}, { [typeField]: undefined }))).toBeUndefined();
});

test("the hash changes with what decides what is granted, to whom and for how long, and with nothing else", () => {
  const hash = formHash(issue());
  const deciding = [
    issue({}, { [entitlement.id]: { id: "1", child: { id: "2" } } }),
    issue({}, { [duration?.id ?? ""]: { id: "10301" } }),
    issue({}, { [duration?.id ?? ""]: null }),
    issue({}, { [beneficiary?.id ?? ""]: { accountId: "b" } }),
    issue({ reporter: undefined }),
  ];
  expect(new Set([hash, ...deciding.map(formHash)]).size).toBe(deciding.length + 1);
  expect(formHash(issue({ key: "IT-3", statusId: "1" }, { [reason?.id ?? ""]: "why" }))).toBe(hash);
  expect(formHash(issue({}, { [entitlement.id]: { id: "renamed", child: { id: entry.option } } }))).toBe(
    hash,
  );
});
