/**
 * Fernhill Robotics, the company that the simulated world is seeded with: what its Jira and its JumpCloud both know.
 * Everything is made up. Ids are fixed so that the example files in `policy/` can name them.
 */

export type Person = {
  /** JumpCloud's id of the person, 24 hexadecimal digits. */
  jumpcloudId: string;
  /** Atlassian's id of the same person's account. */
  accountId: string;
  firstName: string;
  lastName: string;
  email: string;
  department: string;
  jobTitle: string;
  employeeType: "employee" | "contractor";
  location: string;
  /** E-mail of the manager, if there is one. */
  manager?: string;
  state: "ACTIVATED" | "SUSPENDED" | "STAGED";
  /** Whether the person hides the e-mail address in the Atlassian profile, so that Jira does not show it to others. */
  emailHidden: boolean;
  /** Whether the person works on tickets as an agent of the service project. */
  agent: boolean;
};

export type Group = {
  id: string;
  name: string;
  description: string;
  /** Members of a dynamic group are computed by JumpCloud from the department. */
  membershipMethod: "STATIC" | "DYNAMIC_AUTOMATED";
  /** Whether members become administrators of their devices. */
  sudo: boolean;
  /** E-mails of the members at the start. */
  members: string[];
};

export type Application = {
  id: string;
  name: string;
  label: string;
  description: string;
  category: string;
  groups: string[];
};

export const domain = "fernhill.example";

const departments: Record<string, { location: string; people: string[] }> = {
  Executive: {
    location: "Amsterdam",
    people: [
      "Helena Brandt|Chief Executive Officer|-",
      "Marcus Oyelaran|Chief Technology Officer|helena.brandt",
    ],
  },
  Finance: {
    location: "Amsterdam",
    people: [
      "Ingrid Solheim|Chief Financial Officer|helena.brandt",
      "Paulo Ferreira|Financial Controller|ingrid.solheim",
      "Aiko Tanabe|Accountant|paulo.ferreira",
      "Rosa Lindqvist|Payroll Specialist|paulo.ferreira",
    ],
  },
  IT: {
    location: "Berlin",
    people: [
      "Nadia Rahman|Head of IT|marcus.oyelaran",
      "Oskar Weiss|Systems Administrator|nadia.rahman",
      "Leila Haddad|IT Support Specialist|nadia.rahman",
      "Ben Achterberg|IT Support Specialist|nadia.rahman",
    ],
  },
  Security: {
    location: "Berlin",
    people: ["Viktor Novak|Head of Security|marcus.oyelaran", "Amara Diallo|Security Engineer|viktor.novak"],
  },
  Engineering: {
    location: "Berlin",
    people: [
      "Dana Kowalski|Director of Engineering|marcus.oyelaran",
      "Jonas Bergmann|Engineering Lead, Platform|dana.kowalski",
      "Mei Chen|Engineering Lead, Robotics|dana.kowalski",
      "Alice Moreau|Software Engineer|jonas.bergmann",
      "Tariq Aziz|Software Engineer|jonas.bergmann",
      "Sofia Marino|Site Reliability Engineer|jonas.bergmann",
      "Hugo Laurent|Software Engineer|jonas.bergmann",
      "Priya Nair|Robotics Engineer|mei.chen",
      "Erik Sandberg|Robotics Engineer|mei.chen",
      "Chloe Dubois|Test Engineer|mei.chen",
    ],
  },
  Data: {
    location: "Lisbon",
    people: [
      "Carla Mendes|Head of Data|marcus.oyelaran",
      "Yusuf Demir|Data Engineer|carla.mendes",
      "Grace Nwosu|Data Analyst|carla.mendes",
    ],
  },
  Design: {
    location: "Lisbon",
    people: [
      "Lucia Romano|Head of Design|marcus.oyelaran",
      "Finn Gallagher|Product Designer|lucia.romano",
      "Zoe Papadaki|Product Designer|lucia.romano",
    ],
  },
  Sales: {
    location: "London",
    people: [
      "Robert Hughes|VP Sales|helena.brandt",
      "Tomas Ruiz|Sales Manager, South|robert.hughes",
      "Elena Petrova|Account Executive|tomas.ruiz",
      "Daniel Osei|Account Executive|tomas.ruiz",
      "Kate Morrison|Sales Manager, North|robert.hughes",
      "Liam Byrne|Account Executive|kate.morrison",
    ],
  },
  Support: {
    location: "London",
    people: [
      "Hannah Schultz|Head of Customer Support|helena.brandt",
      "Ravi Iyer|Support Engineer|hannah.schultz",
      "Nina Olsen|Support Engineer|hannah.schultz",
    ],
  },
  People: {
    location: "Amsterdam",
    people: ["Beatrice Conti|Head of People|helena.brandt", "Samuel Adeyemi|People Partner|beatrice.conti"],
  },
  Marketing: {
    location: "London",
    people: ["Olivia Grant|Marketing Lead|robert.hughes"],
  },
};

const suspended = new Set(["tomas.ruiz"]);
const emailHidden = new Set(["priya.nair"]);
const contractors = new Set(["chloe.dubois"]);
const agents = new Set(["nadia.rahman", "oskar.weiss", "leila.haddad", "ben.achterberg"]);

/** The 40 people. Their manager `tomas.ruiz` is suspended; `priya.nair` hides her address in Jira. */
export const people: Person[] = Object.entries(departments)
  .flatMap(([department, { location, people }]) => people.map((line) => ({ department, location, line })))
  .map(({ department, location, line }, index) => {
    const [name = "", jobTitle = "", manager = "-"] = line.split("|");
    const [firstName = "", lastName = ""] = name.split(" ");
    const login = `${firstName}.${lastName}`.toLowerCase();
    const number = (index + 1).toString(16).padStart(4, "0");
    return {
      jumpcloudId: `5f00000000000000000a${number}`,
      accountId: `712020:5f000000-0000-4000-8000-00000000${number}`,
      firstName,
      lastName,
      email: `${login}@${domain}`,
      department,
      jobTitle,
      employeeType: contractors.has(login) ? "contractor" : "employee",
      location,
      ...(manager === "-" ? {} : { manager: `${manager}@${domain}` }),
      state: suspended.has(login) ? "SUSPENDED" : "ACTIVATED",
      emailHidden: emailHidden.has(login),
      agent: agents.has(login),
    };
  });

const inDepartment = (...names: string[]) =>
  people.filter((person) => names.includes(person.department)).map((person) => person.email);
const named = (...logins: string[]) => logins.map((login) => `${login}@${domain}`);
const everyone = people.map((person) => person.email);

type GroupSeed = [name: string, description: string, members: string[], special?: "dynamic" | "sudo"];

const groupSeeds: GroupSeed[] = [
  [
    "github-developers",
    "Write access to the product repositories",
    named("jonas.bergmann", "mei.chen", "tariq.aziz"),
  ],
  ["github-administrators", "Owners of the GitHub organisation", named("dana.kowalski")],
  ["aws-developers", "Developer role in the development accounts", named("jonas.bergmann", "sofia.marino")],
  ["aws-administrators", "Administrator role in all AWS accounts", named("sofia.marino")],
  ["aws-billing", "Read AWS bills", named("ingrid.solheim", "paulo.ferreira")],
  ["slack-members", "Members of the Slack workspace", everyone],
  ["figma-viewers", "View Figma files", inDepartment("Engineering")],
  ["figma-editors", "Edit Figma files", inDepartment("Design")],
  ["notion-members", "Members of the Notion workspace", inDepartment("Engineering", "Design", "People")],
  ["salesforce-sales", "Salesforce users", inDepartment("Sales")],
  ["salesforce-administrators", "Salesforce administrators", named("kate.morrison")],
  ["datadog-viewers", "Read dashboards and logs in Datadog", inDepartment("Engineering")],
  ["datadog-administrators", "Administer Datadog", named("sofia.marino")],
  ["onepassword-members", "Members of the 1Password account", everyone],
  ["zoom-pro", "Licensed Zoom users", inDepartment("Sales", "Executive")],
  ["snowflake-analysts", "Query the warehouse", inDepartment("Data")],
  ["snowflake-administrators", "Administer the warehouse", named("yusuf.demir")],
  ["pagerduty-responders", "On-call responders", named("sofia.marino", "jonas.bergmann")],
  ["adobe-designers", "Adobe Creative Cloud licence", inDepartment("Design")],
  ["everyone", "All people who work here, kept by JumpCloud itself", everyone, "dynamic"],
  ["engineering", "The engineering department", inDepartment("Engineering")],
  ["vpn-users", "VPN through RADIUS", inDepartment("Engineering", "IT", "Security")],
  ["contractors", "People on a contract", named("chloe.dubois")],
  ["it-administrators", "Administrators of company devices", named("nadia.rahman", "oskar.weiss"), "sudo"],
  ["security-team", "The security department", inDepartment("Security")],
];

/** The 25 groups; `everyone` is dynamic. */
export const groups: Group[] = groupSeeds.map(([name, description, members, special], index) => ({
  id: `6a00000000000000000b${(index + 1).toString(16).padStart(4, "0")}`,
  name,
  description,
  membershipMethod: special === "dynamic" ? "DYNAMIC_AUTOMATED" : "STATIC",
  sudo: special === "sudo",
  members,
}));

type ApplicationSeed = [name: string, label: string, category: string, description: string, groups: string[]];

const applicationSeeds: ApplicationSeed[] = [
  ["github", "GitHub", "Engineering", "Source code", ["github-developers", "github-administrators"]],
  [
    "aws-sso",
    "AWS",
    "Engineering",
    "Cloud accounts",
    ["aws-developers", "aws-administrators", "aws-billing"],
  ],
  ["slack", "Slack", "Collaboration", "Chat", ["slack-members", "everyone"]],
  ["figma", "Figma", "Design", "Interface design", ["figma-viewers", "figma-editors"]],
  ["notion", "Notion", "Collaboration", "Documents and wiki", ["notion-members"]],
  ["salesforce", "Salesforce", "Sales", "Customers", ["salesforce-sales", "salesforce-administrators"]],
  ["datadog", "Datadog", "Engineering", "Monitoring", ["datadog-viewers", "datadog-administrators"]],
  ["onepassword", "1Password", "Security", "Passwords", ["onepassword-members"]],
  ["zoom", "Zoom", "Collaboration", "Video meetings", ["zoom-pro"]],
  ["snowflake", "Snowflake", "Data", "Data warehouse", ["snowflake-analysts", "snowflake-administrators"]],
  ["pagerduty", "PagerDuty", "Engineering", "On-call alerts", ["pagerduty-responders"]],
  ["adobe", "Adobe Creative Cloud", "Design", "Creative software", ["adobe-designers"]],
  ["atlassian", "Atlassian", "IT", "Jira and its service desk", ["everyone"]],
];

/** The 13 applications and the groups that give them. By the last one JumpCloud makes accounts in Jira. */
export const applications: Application[] = applicationSeeds.map(
  ([name, label, category, description, groupNames], index) => ({
    id: `7b00000000000000000c${(index + 1).toString(16).padStart(4, "0")}`,
    name,
    label,
    description,
    category,
    groups: groupNames,
  }),
);

/** Keys of the simulated world. They open nothing real, so they are constants. */
export const keys = {
  jumpcloudOrganization: "5c0000000000000000000001",
  jumpcloudApiKey: "jca_simulated_read_and_write_key",
  jumpcloudReadKey: "jca_simulated_read_only_key",
  jumpcloudClientId: "simulated-jumpcloud-client",
  jumpcloudClientSecret: "simulated-jumpcloud-client-secret",
  jiraServiceAccountEmail: "latchkey@serviceaccount.atlassian.com",
  jiraServiceAccountId: "712020:5e000000-0000-4000-8000-0000000000aa",
  jiraApiToken: "simulated-jira-api-token",
  jiraClientId: "simulated-jira-client",
  jiraClientSecret: "simulated-jira-client-secret",
  webhookSecret: "simulated-webhook-secret",
  automationToken: "simulated-automation-token",
};

/** What the stack's secrets hold when Latchkey works with the simulated world. */
export const simulatedSecrets = {
  "jira-webhook": { signingSecrets: [keys.webhookSecret], automationTokens: [keys.automationToken] },
  "jira-api": { kind: "token", email: keys.jiraServiceAccountEmail, token: keys.jiraApiToken },
  "jumpcloud-read": { kind: "api-key", key: keys.jumpcloudReadKey },
  "jumpcloud-write": { kind: "api-key", key: keys.jumpcloudApiKey },
};

/** The cloud id of the simulated Atlassian site. */
export const cloudId = "11111111-2222-4333-8444-555555555555";
