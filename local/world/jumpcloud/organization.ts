import { domain, keys, people } from "../company.ts";

/** What JumpCloud's settings say about the company; nothing in the simulation changes them. */
export const organization = {
  _id: keys.jumpcloudOrganization,
  displayName: "Fernhill Robotics",
  logoUrl: "",
  created: "2020-01-06T09:00:00.000Z",
  settings: {
    name: "Fernhill Robotics",
    contactEmail: `nadia.rahman@${domain}`,
    newSystemUserStateDefaults: {
      manualEntry: "ACTIVATED",
      csvImport: "STAGED",
      applicationImport: "STAGED",
    },
    passwordPolicy: {
      enableMinLength: true,
      minLength: 12,
      enableMaxLoginAttempts: true,
      maxLoginAttempts: 6,
      enableLockoutTimeInSeconds: false,
      lockoutTimeInSeconds: 1800,
    },
    features: { directoryInsights: { enabled: true } },
  },
} as const;

const roles: Record<string, string> = {
  [`nadia.rahman@${domain}`]: "Administrator With Billing",
  [`oskar.weiss@${domain}`]: "Administrator",
};

/** The administrators of JumpCloud itself; each is also a person of the directory, with the same e-mail. */
export const administrators = people
  .filter(({ email }) => roles[email] !== undefined)
  .map(({ email, firstName, lastName }, index) => {
    const roleName = roles[email] ?? "";
    return {
      _id: `5d000000000000000000000${index + 1}`,
      email,
      firstname: firstName,
      lastname: lastName,
      roleName,
      roleNames: [roleName],
      organization: keys.jumpcloudOrganization,
      enableMultiFactor: true,
      totpEnrolled: true,
      suspended: false,
      apiKeyAllowed: true,
      created: "2020-01-06T09:00:00.000Z",
    };
  });
