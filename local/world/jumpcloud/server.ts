import type { LocalClock } from "../../clock.ts";
import { type HttpAnswer, type HttpRequest, listen, Router } from "../../http.ts";
import type { Store } from "../../store.ts";
import { CallLog } from "../call-log.ts";
import { addControls, withControls } from "../control.ts";
import { Faults } from "../faults.ts";
import { jsonBody } from "../json-body.ts";
import { apiInsights } from "./api-insights.ts";
import { apiV1 } from "./api-v1.ts";
import { apiV2 } from "./api-v2.ts";
import { Authentication, jumpcloudItself } from "./authentication.ts";
import { type Directory, openDirectory } from "./directory.ts";
import type { JumpCloudEvent } from "./journal.ts";
import { type Moods, moodsBody, usualMoods } from "./moods.ts";
import { refusal } from "./refusal.ts";
import { userEdit } from "./user-record.ts";

export type SimulatedJumpCloud = {
  /** Console API, Directory Insights and token endpoint, which have a host each at the real one. */
  url: string;
  /** Stops without losing anything; another start on the same store goes on. */
  close(): Promise<void>;
  faults: Faults;
  /** Read at every call, so a change counts at once. */
  moods: Moods;
  calls: CallLog;
};

/**
 * Starts a JumpCloud organisation that speaks the vendor's API, with the seed company in it when the store is new.
 * Keys: `local/world/company.ts`. Its moods, faults and call log are also reachable over HTTP, under `/_simulated`.
 */
export async function startJumpCloud(options: {
  clock: LocalClock;
  store: Store;
  port: number;
  onEvent?: (event: JumpCloudEvent) => void;
}): Promise<SimulatedJumpCloud> {
  const { clock, store, port } = options;
  const moods = { ...usualMoods };
  const directory = openDirectory({ clock, store, moods, onEvent: options.onEvent ?? (() => {}) });
  const authentication = new Authentication(store, clock, moods);
  const faults = new Faults(clock);
  const calls = new CallLog({ clock, caller: (request) => authentication.caller(request)?.name });

  const api = new Router();
  const endpoints = { ...apiV1(directory), ...apiV2(directory), ...apiInsights(directory) };
  for (const [pattern, endpoint] of Object.entries(endpoints))
    api.add(pattern, (request, { id = "", key = "" }) =>
      endpoint({ request, caller: authentication.admit(request), id, key }),
    );
  const tooMany = rateLimit(clock, moods);
  const answer = (request: HttpRequest): HttpAnswer | Promise<HttpAnswer> => {
    if (request.method === "POST" && request.path === "/oauth2/token")
      return authentication.issueToken(request);
    if (request.path === "/login") return loginPage;
    if (tooMany()) throw refusal(429, "Too Many Requests");
    const found = api.find(request);
    // Endpoints answer without waiting, so all that a call changes is in the store together, or nothing.
    if (found && found !== "method") return store.together(() => found.route(request, found.parts));
    authentication.admit(request);
    throw refusal(404, `the simulated JumpCloud has no ${request.method} ${request.path}`);
  };

  const controls = addControls(new Router(), { faults, calls });
  addJumpCloudControls(controls, directory);
  const handle = withControls(controls, store, calls.around(faults.around(answer)));
  const server = await listen({ port, clock, handle });
  return {
    url: server.url,
    close: async () => {
      faults.close();
      directory.close();
      await server.close();
    },
    faults,
    moods,
    calls,
  };
}

const loginPage: HttpAnswer = {
  status: 200,
  headers: { "content-type": "text/html" },
  body: "<!doctype html><title>JumpCloud Console</title><p>Log in to the simulated JumpCloud.</p>",
};

/** Whether the call at this moment is one too many within the last second. */
function rateLimit(clock: LocalClock, moods: Moods): () => boolean {
  let recent: number[] = [];
  return () => {
    if (moods.requestsPerSecond === 0) return false;
    const now = clock.now();
    recent = recent.filter((time) => time > now - 1000);
    if (recent.length >= moods.requestsPerSecond) return true;
    recent.push(now);
    return false;
  };
}

function addJumpCloudControls(router: Router, { moods, users, groups, associations }: Directory): void {
  router
    // Who is in which group, by ids, also where the API shows it late or not at all.
    .add("GET /_simulated/members", () => ({
      status: 200,
      body: Object.fromEntries(groups.all().map(({ id }) => [id, associations.membersNow(id)])),
    }))
    .add("GET /_simulated/moods", () => ({ status: 200, body: moods }))
    .add("PUT /_simulated/moods", (request) => {
      Object.assign(moods, jsonBody(moodsBody, request));
      return { status: 200, body: moods };
    })
    // What people and other systems do to a user: enroll MFA, be locked out, be owned by Active Directory.
    .add("PUT /_simulated/users/{id}", (request, { id = "" }) => {
      const changed = users.edit(users.get(id), jsonBody(userEdit, request));
      users.record(jumpcloudItself, changed, { type: "user changed" });
      return { status: 200, body: changed };
    });
}
