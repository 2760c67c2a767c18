import { applications, groups, people } from "../company.ts";
import { type Application, applicationRecord } from "./applications.ts";
import { type Device, deviceSeeds } from "./devices.ts";
import type { Graph } from "./graph.ts";
import type { Groups } from "./groups.ts";
import { administrators } from "./organization.ts";
import type { Records } from "./records.ts";
import { withFields } from "./user-record.ts";
import { notEnrolled, type Users, unwrittenUser } from "./users.ts";

const founded = "2021-03-01T09:00:00.000Z";

/** Puts the seed company into an empty directory, as if it had always been there: no events, no lag. */
export function seed(directory: {
  graph: Graph;
  users: Users;
  groups: Groups;
  applications: Records<Application>;
  devices: Records<Device>;
}): void {
  const { graph, users } = directory;
  const userIds = new Map(people.map((person) => [person.email, person.jumpcloudId]));
  for (const [index, person] of people.entries()) {
    const administrator = administrators.find(({ email }) => email === person.email);
    const staged = person.state === "STAGED";
    users.put(
      withFields(unwrittenUser(person.jumpcloudId, founded, 5001 + index), {
        creationSource: "jumpcloud:bulk",
        username: person.email.split("@")[0],
        email: person.email,
        firstname: person.firstName,
        lastname: person.lastName,
        displayname: `${person.firstName} ${person.lastName}`,
        department: person.department,
        jobTitle: person.jobTitle,
        employeeType: person.employeeType,
        employeeIdentifier: `FR-${String(index + 1).padStart(4, "0")}`,
        location: person.location,
        company: "Fernhill Robotics",
        manager: userIds.get(person.manager ?? "") ?? null,
        state: person.state,
        suspended: person.state === "SUSPENDED",
        activated: !staged,
        ...(administrator
          ? {
              admin: {
                id: administrator._id,
                roleName: administrator.roleName,
                roleNames: administrator.roleNames,
              },
            }
          : {}),
        ...(staged ? {} : enrolled),
      }),
    );
  }

  const groupIds = new Map(groups.map((group) => [group.name, group.id]));
  for (const group of groups) {
    directory.groups.put(group.id, {
      name: group.name,
      description: group.description,
      membershipMethod: group.membershipMethod,
      attributes: group.sudo ? { sudo: { enabled: true, withoutPassword: false } } : {},
      ...(group.membershipMethod === "STATIC"
        ? {}
        : { memberQuery: { queryType: "FilterQuery" as const, filters: [] } }),
    });
    for (const member of group.members)
      graph.connect(node("user_group", group.id), node("user", userIds.get(member)), {}, 0);
  }
  for (const application of applications) {
    directory.applications.put(applicationRecord(application));
    for (const name of application.groups)
      graph.connect(node("user_group", groupIds.get(name)), node("application", application.id), {}, 0);
  }
  for (const { group, type, id } of bindings)
    graph.connect(node("user_group", groupIds.get(group)), { type, id }, {}, 0);
  for (const { device, userId } of deviceSeeds) {
    directory.devices.put(device);
    graph.connect(node("user", userId), node("system", device._id), {}, 0);
  }
}

/** Who gets into the network, the directory and the device group. */
const bindings = [
  { group: "vpn-users", type: "radius_server", id: "9d00000000000000000e0001" },
  { group: "everyone", type: "ldap_server", id: "9d00000000000000000e0002" },
  { group: "it-administrators", type: "system_group", id: "9d00000000000000000e0003" },
] as const;

const enrolled = {
  password_date: founded,
  enable_user_portal_multifactor: true,
  totp_enabled: true,
  mfa: { configured: true, exclusion: false },
  mfaEnrollment: { ...notEnrolled, overallStatus: "ENROLLED", totpStatus: "ENROLLED" },
};

function node<Type extends "user" | "user_group" | "application" | "system">(
  type: Type,
  id: string | undefined,
) {
  if (id === undefined) throw new Error(`the seed company names a ${type} that it does not have`);
  return { type, id };
}
