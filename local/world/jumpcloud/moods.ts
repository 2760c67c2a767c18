import * as v from "valibot";
import { notNegative, someOf, type ValuesOf } from "../../json-schemas.ts";
import { keys } from "../company.ts";

/** Waiting times and lags longer than this are refused; the graph remembers its past this long. */
export const longestLagMs = 3_600_000;

const lag = v.pipe(notNegative, v.maxValue(longestLagMs));

/**
 * How the simulated JumpCloud behaves where the real one's behaviour is unknown, told differently by different sources,
 * or changing. The defaults are the likelier answers or, where nobody knows, those that are harder to live with.
 */
const moods = {
  /** Answer to adding a member or a binding that is there already; clients in the field have met both. */
  alreadyMember: v.picklist([204, 409]),
  /** Answer to removing a member or a binding that is not there; clients in the field have met both. */
  notMember: v.picklist([204, 404]),
  /** Reads of members, bindings and what follows from them show the past, this much back. */
  lagMs: lag,
  /** New users are missing from the list and the search this long; reading them by id is not affected. */
  searchLagMs: lag,
  /** Events are missing from Directory Insights this long. */
  insightsLagMs: lag,
  /** How long a dynamic group keeps a membership that does not fit its rule. */
  recomputeMs: lag,
  /** Whether `fields` keeps an application's `config`, and the private key in it, out of the answer. */
  fieldsSuppressConfig: v.boolean(),
  /** Whether a second user may have the same e-mail in other letter case. */
  emailsUniqueIgnoringCase: v.boolean(),
  /** Answer to activating an active user, and to suspending a suspended one. */
  stateAlreadySo: v.picklist([200, 409]),
  /** Answer to `state/activate` for a suspended user; it is documented for staged ones only. */
  activateSuspended: v.picklist([200, 409]),
  duplicateGroupName: v.picklist([409, 400]),
  /** Answer to deleting a group: 200 with the group, or 204. */
  groupDeleted: v.picklist([200, 204]),
  /** Whether `manager` must be the id of a user. */
  managerChecked: v.boolean(),
  /** What happens to a write whose `state` and `suspended` disagree. */
  contradictoryState: v.picklist(["refused", "state wins"]),
  /** What happens to a write to a field that another directory owns, as the user's `restrictedFields` tell. */
  restrictedFields: v.picklist(["refused", "written"]),
  /** What actions answer: "OK" as JSON or as text, whichever `Accept` prefers; always as text; or nothing. */
  actionAnswer: v.picklist(["as accepted", "text", "empty"]),
  /** The API keys that are good, of the administrator who may write and of the one who may read. */
  writeKeys: v.array(v.string()),
  readKeys: v.array(v.string()),
  /** More calls than this within a second are answered 429, without any header that says when to come back; 0: no limit. */
  requestsPerSecond: notNegative,
};

export type Moods = ValuesOf<typeof moods>;

/** What `PUT /_simulated/moods` accepts: any of the moods. */
export const moodsBody = someOf(moods);

export const usualMoods: Moods = {
  alreadyMember: 409,
  notMember: 404,
  lagMs: 0,
  searchLagMs: 0,
  insightsLagMs: 0,
  recomputeMs: 2000,
  fieldsSuppressConfig: false,
  emailsUniqueIgnoringCase: false,
  stateAlreadySo: 409,
  activateSuspended: 409,
  duplicateGroupName: 409,
  groupDeleted: 200,
  managerChecked: true,
  contradictoryState: "refused",
  restrictedFields: "refused",
  actionAnswer: "as accepted",
  writeKeys: [keys.jumpcloudApiKey],
  readKeys: [keys.jumpcloudReadKey],
  requestsPerSecond: 0,
};
