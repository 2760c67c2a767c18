import { keys, people } from "../company.ts";

/** A computer ("system"). */
export type Device = { _id: string; displayName: string } & Record<string, unknown>;

/** The laptops of the first people of the company, and whose they are. */
export const deviceSeeds = people.slice(0, 6).map((person, index) => {
  const mac = index % 2 === 0;
  const hostname = `${person.firstName.toLowerCase()}-laptop`;
  const device: Device = {
    _id: `8c00000000000000000d${(index + 1).toString(16).padStart(4, "0")}`,
    organization: keys.jumpcloudOrganization,
    displayName: hostname,
    hostname,
    os: mac ? "Mac OS X" : "Windows",
    osFamily: mac ? "darwin" : "windows",
    version: mac ? "26.1" : "11 Pro",
    arch: mac ? "aarch64" : "x86_64",
    serialNumber: `FERNHILL${String(index + 1).padStart(4, "0")}`,
    active: true,
    agentVersion: "2.31.0",
    created: "2024-02-01T09:00:00.000Z",
    allowMultiFactorAuthentication: true,
    allowSshRootLogin: false,
    systemInsights: { state: "enabled" },
    primarySystemUser: { id: person.jumpcloudId },
  };
  return { device, userId: person.jumpcloudId };
});
