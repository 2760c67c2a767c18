import type { LocalClock } from "../../clock.ts";
import { type Handler, listen } from "../../http.ts";
import type { Store } from "../../store.ts";
import { CallLog } from "../call-log.ts";
import { withControls } from "../control.ts";
import { Faults } from "../faults.ts";
import { Accounts, serviceAccount } from "./accounts.ts";
import { announce } from "./announce.ts";
import type { ApiRoutes } from "./api-call.ts";
import { fieldRoutes } from "./api-fields.ts";
import { issueDetailRoutes } from "./api-issue-details.ts";
import { issueRoutes } from "./api-issues.ts";
import { peopleRoutes } from "./api-people.ts";
import { requestDetailRoutes } from "./api-request-details.ts";
import { requestRoutes } from "./api-requests.ts";
import { searchRoutes } from "./api-search.ts";
import { serviceDeskRoutes } from "./api-service-desk.ts";
import { siteRoutes } from "./api-site.ts";
import { webhookRoutes } from "./api-webhooks.ts";
import { jiraControls } from "./controls.ts";
import { Counters } from "./counters.ts";
import { Deliveries } from "./deliveries.ts";
import type { DeliveryFaults } from "./delivery-faults.ts";
import type { JiraEvent } from "./events.ts";
import { type FormCatalog, formCatalog, seedOptions } from "./form.ts";
import { Issues } from "./issues.ts";
import { Options } from "./options.ts";
import { accessProject } from "./project.ts";
import { gatewayPath, type Host, JiraServer } from "./server.ts";
import { defaultSettings, type JiraSettings } from "./settings.ts";
import { SignIn } from "./sign-in.ts";
import type { Site } from "./site.ts";
import { Webhooks } from "./webhooks.ts";

export type SimulatedJira = {
  /** The site; the same API is behind `gatewayUrl`. */
  url: string;
  gatewayUrl: string;
  /** What goes wrong with calls of the API, and with deliveries of webhooks. */
  faults: Faults;
  deliveryFaults: DeliveryFaults;
  /** Can be changed at any time. They are not stored. */
  settings: JiraSettings;
  calls: CallLog;
  accounts: Accounts;
  /** What the next request, and the next approval of any, will be called. */
  next(): { issueKey: string; approvalId: string };
  /** Stops answering and sending; webhooks that are pending go out after the next start with the same store. */
  close(): Promise<void>;
};

/**
 * A Jira Cloud site with one service project, seeded with the people of the company. It speaks the vendor's REST API;
 * under `/_simulated/` it takes orders that no real site takes.
 *
 * @param options.webhookUrl where Latchkey listens, or will: Jira's webhook posts to its path `/webhooks/jira`, the
 * automation rule to `/webhooks/automation`
 * @param options.catalog what can be asked for on the form when the store is new
 */
export async function startJira(options: {
  clock: LocalClock;
  store: Store;
  port: number;
  webhookUrl?: string | Promise<string>;
  catalog?: FormCatalog;
  onEvent?: (event: JiraEvent) => void;
}): Promise<SimulatedJira> {
  const { clock, store, port, webhookUrl, catalog = formCatalog, onEvent } = options;
  // Nothing arrives before `handle` is there: connections are taken up only after this function's next wait.
  const { url, close } = await listen({ port, clock, handle: (request) => handle(request) });

  const settings = defaultSettings();
  const counters = new Counters(store);
  const accounts = new Accounts(store);
  const webhooks = new Webhooks(store, counters);
  const register = (latchkey: string) => {
    webhooks.seed(`${latchkey}/webhooks/jira`, clock.now(), serviceAccount.accountId);
    return latchkey;
  };
  const receiver =
    typeof webhookUrl === "string" ? Promise.resolve(register(webhookUrl)) : webhookUrl?.then(register);
  const tell: Site["tell"] = (issueKey, fact) =>
    onEvent?.({ source: "jira", at: clock.now(), issueKey, ...fact });
  const deliveries = new Deliveries({
    store,
    clock,
    settings,
    counters,
    webhooks,
    receiver: receiver ?? Promise.resolve(undefined),
    tell,
  });
  const site: Site = {
    url,
    clock,
    settings,
    counters,
    accounts,
    options: new Options(store, counters, seedOptions(catalog)),
    issues: new Issues(store, clock, settings),
    announce: (event) => announce(event, site, webhooks, deliveries),
    tell,
  };
  const signIn = new SignIn(store, clock, accounts, settings);
  const server = new JiraServer({
    site,
    store,
    signIn,
    routes: { ...apiRoutes, ...webhookRoutes(webhooks) },
  });
  const faults = new Faults(clock);
  const deliveryFaults = deliveries.faults;
  const calls = new CallLog({
    clock,
    caller: (request) => signIn.whoIs(request.headers.authorization)?.accountId,
  });
  const at = (host: Host) =>
    calls.around(
      faults.around((request) => server.answer(request, host)),
      host,
    );
  const handle = withControls(
    jiraControls(site, { faults, calls, deliveryFaults }),
    store,
    byAddress(at("site"), at("gateway")),
  );
  return {
    url,
    gatewayUrl: url + gatewayPath,
    faults,
    deliveryFaults,
    settings,
    calls,
    accounts,
    next: () => ({
      issueKey: `${accessProject.key}-${counters.peek(`issues of ${accessProject.key}`)}`,
      approvalId: String(counters.peek("approval")),
    }),
    close: async () => {
      faults.close();
      deliveries.close();
      await close();
    },
  };
}

/** Calls of the gateway go on with the path that they have at the site. */
function byAddress(site: Handler, gateway: Handler): Handler {
  return (request) =>
    request.path.startsWith(`${gatewayPath}/`)
      ? gateway({ ...request, path: request.path.slice(gatewayPath.length) })
      : site(request);
}

const apiRoutes: ApiRoutes = {
  ...issueRoutes,
  ...issueDetailRoutes,
  ...peopleRoutes,
  ...fieldRoutes,
  ...searchRoutes,
  ...siteRoutes,
  ...serviceDeskRoutes,
  ...requestRoutes,
  ...requestDetailRoutes,
};
