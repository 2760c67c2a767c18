import { bodyOf, type Endpoints, ok } from "./api-call.ts";
import type { Directory } from "./directory.ts";
import { eventsPage, type InsightsQuery, insightsQuery, matchingEvents } from "./insights.ts";

/** Directory Insights, the audit events. The real one has a host of its own. */
export function apiInsights({ journal, clock, moods }: Directory): Endpoints {
  const matching = (query: InsightsQuery) =>
    matchingEvents(journal.events(), query, clock.now() - moods.insightsLagMs);
  return {
    "POST /insights/directory/v1/events": (call) => {
      const query = bodyOf(insightsQuery, call);
      return eventsPage(matching(query), query);
    },
    "POST /insights/directory/v1/events/count": (call) =>
      ok({ count: matching(bodyOf(insightsQuery, call)).length }),
  };
}
