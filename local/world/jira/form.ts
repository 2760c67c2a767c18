import { fieldIds } from "./fields.ts";
import type { Option } from "./options.ts";

/** What can be asked for on the access form: the label of each application and the names of its entitlements. */
export type FormCatalog = Record<string, readonly string[]>;

export const formCatalog: FormCatalog = {
  GitHub: ["Developer", "Administrator"],
  AWS: ["Developer", "Administrator", "Billing (read only)"],
  Slack: ["Member", "All-staff channel"],
  Figma: ["Viewer", "Editor"],
  Notion: ["Member"],
  Salesforce: ["Sales user", "Administrator"],
  Datadog: ["Viewer", "Administrator"],
  "1Password": ["Member"],
  Zoom: ["Licensed user"],
  Snowflake: ["Analyst", "Administrator"],
  PagerDuty: ["Responder"],
  "Adobe Creative Cloud": ["Designer"],
  "Something else": [],
  "Server room": ["Key card"],
};

const durations = ["1 hour", "4 hours", "1 day", "1 week", "30 days", "90 days", "Permanent"];

/** Option ids of the durations by label, such as `"1 day": "10303"`. */
export const durationOptions: Record<string, string> = Object.fromEntries(
  durations.map((label, index) => [label, String(10301 + index)]),
);

/** Option ids of an application and, by name, of its entitlements. */
type ApplicationOption = { id: string; entitlements: Record<string, string> };

/** Applications are numbered from 10101 and entitlements from 10201, in the order of the catalog. */
export function optionsOf(catalog: FormCatalog): Record<string, ApplicationOption> {
  let entitlement = 10201;
  return Object.fromEntries(
    Object.entries(catalog).map(([application, names], index) => [
      application,
      {
        id: String(10101 + index),
        entitlements: Object.fromEntries(names.map((name) => [name, String(entitlement++)])),
      },
    ]),
  );
}

/** Option ids of the form as it is seeded when `startJira` is given no other catalog. */
export const applicationOptions = optionsOf(formCatalog);

/** The options of the form's select fields before anybody changed them, by field id. */
export function seedOptions(catalog: FormCatalog): Record<string, Option[]> {
  const applications = Object.entries(optionsOf(catalog));
  return {
    [fieldIds.application]: [
      ...applications.map(([value, { id }]) => ({ id, value, disabled: false })),
      ...applications.flatMap(([, { id: parentId, entitlements }]) =>
        Object.entries(entitlements).map(([value, id]) => ({ id, value, disabled: false, parentId })),
      ),
    ],
    [fieldIds.duration]: Object.entries(durationOptions).map(([value, id]) => ({
      id,
      value,
      disabled: false,
    })),
  };
}
