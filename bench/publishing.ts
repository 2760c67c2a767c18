import { VirtualClock } from "../local/clock.ts";
import { Store } from "../local/store.ts";
import { keys } from "../local/world/company.ts";
import { fieldIds } from "../local/world/jira/fields.ts";
import { startJira } from "../local/world/jira/start-jira.ts";
import { type Published, publishOptions } from "../src/catalog/publish-options.ts";
import { systemClock } from "../src/clock.ts";
import { jiraApi } from "../src/jira/jira-api.ts";
import { JiraOptions } from "../src/jira/jira-options.ts";
import type { FigureGroup } from "./figures.ts";

const applications = 100;
const entitlements = 9;

/** How many calls it takes to bring a thousand options onto an empty form, and to see that nothing has changed. */
export async function publishingFigures(): Promise<FigureGroup> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5, 9));
  const jira = await startJira({ clock, store: new Store(), port: 0, catalog: {} });
  try {
    const credentials = {
      kind: "token" as const,
      email: keys.jiraServiceAccountEmail,
      token: keys.jiraApiToken,
    };
    const urls = { api: jira.gatewayUrl, token: `${jira.url}/oauth/token` };
    const http = jiraApi(urls, { read: async () => credentials, renew: async () => false }, systemClock);
    let owned: ReadonlyMap<string, string> = new Map();
    const publish = async (): Promise<{ published: Published; writes: number; reads: number }> => {
      jira.calls.clear();
      const published = await publishOptions(
        {
          form: new JiraOptions(http),
          keep: (_, ids) => {
            owned = new Map(ids);
          },
        },
        {
          fieldId: fieldIds.application,
          projects: ["10000"],
          forms: [{ project: "10000", requestTypeId: "25" }],
          wanted: wanted(),
          owned,
          reserved: [],
        },
        false,
      );
      const methods = jira.calls.all().map(({ method }) => method);
      const reads = methods.filter((method) => method === "GET").length;
      return { published, writes: methods.length - reads, reads };
    };
    const first = await publish();
    const again = await publish();
    return {
      title: `Publishing ${first.published.added.length.toLocaleString("en-US")} options on an empty form`,
      figures: [
        {
          name: "Writes to Jira",
          measured: first.writes,
          unit: "",
          limit: 2,
          note: `${first.reads} reads; ${Object.keys(first.published.missing).length} forms miss some`,
        },
        {
          name: "Writes when nothing has changed",
          measured: again.writes,
          unit: "",
          limit: 0,
          note: `${again.reads} reads`,
        },
      ],
    };
  } finally {
    await jira.close();
  }
}

function wanted() {
  return Array.from({ length: applications }, (_, index) => ({
    owner: `application-${index}`,
    label: `Application ${index}`,
    children: Array.from({ length: entitlements }, (_unused, level) => ({
      owner: `application-${index}/level-${level}`,
      label: `Level ${level}`,
    })),
  }));
}
