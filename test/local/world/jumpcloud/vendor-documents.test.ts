import { expect, test } from "vitest";
import { keys } from "../../../../local/world/company.ts";
import {
  describeWithVendorDocuments,
  type RecordedCall,
  VendorDocument,
  vendorJson,
} from "../../../support/vendor-documents.ts";
import { application, group, openJumpCloud, person } from "./open-jumpcloud.ts";

/** What the documents report although it is right, and why it is. */
const exceptions: [RegExp, string][] = [
  [/^GET \/api\/users: in no document$/, "JumpCloud's own tools list administrators so, undocumented"],
  [
    /state\/activate( \(body\))?: \/email must be/,
    "the text allows true, false and an address; the schemas do not",
  ],
  [
    /systemusers\/\w+: unknown query "cascade_manager"$/,
    "stripped from the newest document, in the one of 2023",
  ],
  [/^GET \/api\/applications \(answer\): .* 'ssoUrl'$/, "`fields` leaves out what the schema requires"],
  [/\/members: status (404|409) /, "v2 documents no errors; clients in the field have met these"],
];

const inventory = "jumpcloud-console-endpoint-inventory-2026-08.json";

/** Every call of the simulation, with usual and some unusual answers. */
async function everyCall() {
  const { send, calls, moods, clock } = await openJumpCloud();
  const alice = person("alice.moreau");
  const user = `/api/systemusers/${alice}`;
  const developers = group("github-developers");
  const github = application("GitHub");

  await send("GET", "/api/organizations?limit=2");
  await send("GET", `/api/organizations/${keys.jumpcloudOrganization}`);
  await send("GET", "/api/users?limit=2");
  await send("GET", "/api/systems?limit=5");
  await send("GET", "/api/systems/8c00000000000000000d0001");
  await send("GET", "/api/applications?limit=100&sort=name&fields=name");
  await send("GET", `/api/applications/${github}`);
  await send("GET", `/api/v2/applications/${github}`);

  await send("GET", "/api/systemusers?limit=100&sort=_id&fields=email%20state&filter=department:$eq:Data");
  await send("GET", user);
  const { body: maya } = await send("POST", "/api/systemusers", {
    username: "maya",
    email: "maya@fernhill.example",
    state: "STAGED",
    attributes: [{ name: "badge", value: "7" }],
    phoneNumbers: [{ type: "mobile", number: "+49 30 1" }],
    recoveryEmail: { address: "maya@home.example" },
    mfa: { exclusion: true, exclusionDays: 3 },
  });
  await send("POST", "/api/systemusers", { username: "maya", email: "maya@fernhill.example" });
  await send("POST", "/api/search/systemusers", {
    filter: { and: [{ email: { $regex: "(?i)(^alice\\.moreau@fernhill\\.example$)" } }] },
    fields: "email username state",
    limit: 2,
  });
  await send("PUT", user, {
    department: "Data",
    attributes: [{ name: "desk", value: "3" }],
    account_locked: true,
  });
  await send("PUT", user, { state: "SUSPENDED", suspended: true });
  await send("PUT", user, { state: "ACTIVATED", suspended: false, manager: "x" });
  await send("POST", `/api/systemusers/${maya._id}/state/activate`, { email: false });
  await send("POST", `/api/systemusers/${maya._id}/state/activate`, { email: "maya@home.example" });
  await send("POST", `${user}/state/suspend`);
  await send("POST", `${user}/unlock`);
  await send("POST", `${user}/expire`);
  await send("POST", `${user}/reactivate`);
  await send("POST", `${user}/password`, { password: "a long enough one" });
  await send("POST", `${user}/resetmfa`, { exclusion: true, exclusionUntil: "2026-01-06T00:00:00.000Z" });
  await send("POST", `${user}/mfa/enforce`, { enable_user_portal_multifactor: true });
  await send("POST", `${user}/mfasync`);
  const key = await send("POST", `${user}/sshkeys`, { name: "laptop", public_key: "ssh-ed25519 AAAA" });
  await send("GET", `${user}/sshkeys`);
  await send("GET", user);
  await send("DELETE", `${user}/sshkeys/${key.body._id}`);
  await send("DELETE", `/api/systemusers/${maya._id}?cascade_manager=null`);

  await send("GET", "/api/v2/usergroups?filter=name:eq:everyone&limit=100&skip=0&sort=name&fields=name,type");
  await send("GET", "/api/v2/usergroups?limit=100");
  const team = { name: "team", description: "A team", membershipMethod: "DYNAMIC_REVIEW_REQUIRED" };
  const rule = '{"field":"department","operator":"eq","value":"People"}';
  const memberQuery = { queryType: "Filter", filters: [rule] };
  const created = await send("POST", "/api/v2/usergroups", { ...team, memberQuery });
  const teamPath = `/api/v2/usergroups/${created.body.id}`;
  await send("GET", teamPath);
  await send("PUT", teamPath, {
    ...team,
    memberQuery,
    attributes: { sudo: { enabled: true, withoutPassword: false } },
  });
  await send("GET", `${teamPath}/suggestions?limit=10`);
  await send("POST", `${teamPath}/suggestions`, { user_ids: [person("beatrice.conti")] });
  await send("GET", `${teamPath}/members?limit=100&skip=0`);
  await send("POST", `${teamPath}/members`, { op: "add", type: "user", id: alice });
  await send("POST", `${teamPath}/members`, { op: "add", type: "user", id: alice });
  await send("POST", `/api/v2/usergroups/${developers}/members`, { op: "remove", type: "user", id: alice });
  await send("GET", `${teamPath}/membership?filter=object_id:eq:${alice}&limit=1`);
  await send("GET", `/api/v2/users/${alice}/memberof?filter=object_id:eq:${developers}&limit=100`);
  await send("GET", `/api/v2/users/${alice}/associations?targets=application`);
  await send("POST", `/api/v2/users/${alice}/associations`, { op: "add", type: "application", id: github });
  await send("GET", `/api/v2/users/${alice}/applications?limit=100`);
  await send("GET", `/api/v2/users/${person("helena.brandt")}/systems`);
  await send("GET", `/api/v2/usergroups/${developers}/associations?targets=application`);
  await send("POST", `/api/v2/usergroups/${developers}/associations`, {
    op: "remove",
    type: "application",
    id: github,
  });
  await send("GET", `/api/v2/usergroups/${developers}/applications`);
  await send("GET", `/api/v2/usergroups/${developers}/systems`);
  await send("POST", `/api/v2/applications/${github}/associations`, {
    op: "add",
    type: "user_group",
    id: developers,
  });
  await send("GET", `/api/v2/applications/${github}/associations?targets=user_group`);
  await send("GET", `/api/v2/applications/${github}/usergroups`);
  await send("GET", `/api/v2/applications/${github}/users?limit=100`);
  await send("DELETE", `/api/applications/${application("Zoom")}`);
  await send("DELETE", teamPath);
  moods.groupDeleted = 204;
  await send("DELETE", `/api/v2/usergroups/${group("zoom-pro")}`);

  const start_date = "2026-03-01T00:00:00.000Z";
  const jobs = await send("POST", "/api/v2/bulk/userstates", {
    user_ids: [alice],
    state: "ACTIVATED",
    start_date,
  });
  await send("GET", `/api/v2/bulk/userstates?userid=${alice}&limit=10`);
  await send("GET", `/api/v2/bulk/userstates/eventlist/next?users=${alice}`);
  await send("DELETE", `/api/v2/bulk/userstates/${jobs.body[0].scheduledJobId}`);

  await clock.advance(1000);
  const query = { service: ["directory"], start_time: "2026-01-01T00:00:00Z", limit: 100, sort: "DESC" };
  await send("POST", "/insights/directory/v1/events", query);
  await send("POST", "/insights/directory/v1/events/count", query);
  return calls.all();
}

describeWithVendorDocuments("JumpCloud's own documents", () => {
  const documents = [
    "jumpcloud-v1.json",
    "jumpcloud-v2.json",
    "directory-insights.json",
    "jumpcloud-v1-2023.yaml",
    "jumpcloud-v2-2023.yaml",
  ];

  test("allow every call of the simulation and its answer", { timeout: 60_000 }, async () => {
    const opened = documents.map((file) => new VendorDocument(file));
    const calls = await everyCall();
    const problems = calls.flatMap((call) => problemsOf(call, opened));
    expect(problems.filter((problem) => !exceptions.some(([pattern]) => pattern.test(problem)))).toEqual([]);
    expect(exceptions.filter(([pattern]) => !problems.some((problem) => pattern.test(problem)))).toEqual([]);
  });
});

/** Held against the newest document that has the call with this status, or else the newest that has the call. */
function problemsOf(call: RecordedCall, documents: VendorDocument[]): string[] {
  const found = documents
    .filter((document) => document.describes(call))
    .map((document) => document.problems(call));
  if (found.length === 0) return inInventory(call) ? [] : [`${call.method} ${call.path}: in no document`];
  const withStatus = found.find((problems) => !problems.some((problem) => problem.includes(": status ")));
  return withStatus ?? found[0] ?? [];
}

/** Whether today's list of documented calls has it; the list has no shapes. */
function inInventory(call: RecordedCall): boolean {
  const { operations } = vendorJson(inventory) as { operations: { method: string; path: string }[] };
  return operations.some(({ method, path }) => {
    const pattern = path.replace(/\{[^}]+\}/g, "[^/]+");
    return method === call.method && new RegExp(`^${pattern}$`).test(call.path);
  });
}
