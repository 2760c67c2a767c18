import { expect, test } from "vitest";
import { keys } from "../../local/world/company.ts";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { transitionIds } from "../../local/world/jira/workflow.ts";
import { accountId, raise } from "../local/world/jira/jira-site.ts";
import { application, group, person } from "../local/world/jumpcloud/open-jumpcloud.ts";
import {
  describeWithVendorDocuments,
  type RecordedCall,
  VendorDocument,
} from "../support/vendor-documents.ts";
import { jiraClient, jumpcloudClient } from "./clients.ts";

const comment = { lines: [["Hello ", { mention: accountId("alice.moreau") }]] };

describeWithVendorDocuments("what the clients send is what the vendors document", () => {
  test("to Jira and its service desk", async () => {
    const { client, serviceDesk: desk, options, as, jira } = await jiraClient();
    const key = await raise(as("alice.moreau"));
    jira.calls.clear();
    await client.issue(key);
    await client.issue("99999", "10000");
    await client.setApprovers(key, fieldIds.approvers, [accountId("jonas.bergmann")], {
      fieldId: fieldIds.approverGroups,
      groupIds: ["9a000000-0000-4000-8000-000000000005"],
    });
    await client.transition(key, transitionIds.askForApproval, comment);
    await client.approvals(key);
    await client.statusChanges(key);
    await client.comment(key, comment, "public");
    await client.comment(key, comment, "internal");
    await client.hasSaid(key, "Hello");
    await client.account(keys.jiraServiceAccountId);
    await client.accountByEmail("nobody@fernhill.example");
    await client.groupMembers("9a000000-0000-4000-8000-000000000005");
    for await (const _ of client.changedIssues(["10000"], 45)) break;
    const list = { fieldId: fieldIds.application, contextId: "10350" };
    await options.cascadingFields();
    await options.contexts(fieldIds.application, "10000");
    await options.options(list);
    const [created] = await options.add(list, [{ value: "Miro" }]);
    await options.add(list, [{ value: "Member", parentId: created?.id ?? "" }]);
    await options.change(list, [{ id: created?.id ?? "", value: "Miro boards", disabled: true }]);
    await options.moveFirst(list, [created?.id ?? ""]);
    await options.shownOn({ project: "10000", requestTypeId: "25" }, fieldIds.application);
    const wanted = { summary: "Zoom", description: "Why", onBehalfOf: accountId("alice.moreau") };
    await desk.raise({ serviceDesk: "1", requestType: "26" }, wanted);

    const platform = new VendorDocument("jira-platform-v3.json");
    const serviceDesk = new VendorDocument("jira-service-management.json");
    const problems = jira.calls.all().flatMap((call) => {
      const document = call.path.startsWith("/rest/servicedeskapi") ? serviceDesk : platform;
      return document.problems(call);
    });
    // The document's own example of a history has null here; its schema does not allow it.
    expect(problems.filter((problem) => !/items\/\d+\/(from|to)\w* must be string/.test(problem))).toEqual(
      [],
    );
    expect(jira.calls.all().length).toBeGreaterThan(14);
  });

  test("to JumpCloud", async () => {
    const { client, graph, inventory, accounts, groups, clock, calls } = await jumpcloudClient();
    const alice = person("alice.moreau");
    const developers = group("github-developers");
    await client.userByEmail("alice.moreau@fernhill.example");
    await client.user(alice);
    for await (const _ of client.users()) break;
    await client.group(developers);
    await client.isMember(alice, developers);
    await client.addMember(alice, developers);
    await client.removeMember(alice, developers);
    for await (const _ of client.applications()) break;
    for await (const _ of inventory.groups()) break;
    await inventory.groupsOf(application("GitHub"));
    await graph.group(developers);
    for (const kind of ["applications", "ldapservers", "radiusservers", "systems", "systemgroups"] as const)
      await graph.boundTo(developers, kind);
    await graph.membersOf(developers);
    await graph.colleaguesIn("Engineering");
    await graph.applicationsOf(alice);
    const inputs = { username: "new.hire", email: "new.hire@fernhill.example" };
    const made = await accounts.createAccount({
      ...inputs,
      fields: { department: "Data" },
      attributes: { a: "1" },
    });
    await accounts.accountsNamed(inputs);
    await accounts.activate(made, true);
    await accounts.changeAccount(made, {
      fields: { jobTitle: null },
      manager: alice,
      attributes: { a: "2" },
    });
    await accounts.changeAccount(made, { locked: true });
    await accounts.unlock(made);
    await accounts.expirePassword(made);
    await accounts.sendPasswordMail(made);
    await accounts.resetMfa(made, clock.now() + 3_600_000);
    await accounts.scheduleChange(made, "SUSPENDED", clock.now() + 3_600_000);
    const [job] = await accounts.scheduledChanges(made);
    await accounts.cancelScheduledChange(job?.jobId ?? "");
    await accounts.changeAccount(made, { state: "SUSPENDED" });
    await accounts.deleteAccount(made, alice);
    const auditors = await groups.createGroup({ name: "auditors", description: "Look" });
    await groups.userGroup(auditors);
    await groups.groupsNamed("auditors");
    await groups.changeGroup(auditors, { name: "Auditors", exemptions: [alice] });
    await groups.bind(auditors, application("Zoom"));
    await groups.boundApplications(auditors);
    await groups.hasApplication(application("Zoom"));
    await groups.unbind(auditors, application("Zoom"));
    await accounts.groupsOf(alice);
    await accounts.bindApplication(alice, application("Zoom"), true);
    await accounts.boundApplications(alice);
    await accounts.bindApplication(alice, application("Zoom"), false);
    await accounts.reportsOf(alice);

    const v1 = new VendorDocument("jumpcloud-v1.json");
    const v2 = new VendorDocument("jumpcloud-v2.json");
    const problems = calls
      .all()
      .flatMap((call) => (call.path.startsWith("/api/v2") ? v2 : v1).problems(call as RecordedCall));
    const known = [
      // The document's answer is the whole record; we ask for a few of its fields.
      /must have required property 'ssoUrl'$/,
      // The text allows true, false and an address; the schema does not.
      /state\/activate: \/email must be string$/,
      // Stripped from this document; in the one of 2023, and in today's list of calls.
      /unknown query "cascade_manager"$/,
      /reactivate: method not in the document$/,
    ];
    expect(problems.filter((problem) => !known.some((one) => one.test(problem)))).toEqual([]);
    expect(calls.all()).toHaveLength(47);
  });
});
