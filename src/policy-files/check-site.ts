import { type Catalog, entriesOf } from "../catalog/catalog.ts";
import { secondsOf } from "../policy/duration.ts";
import type { PolicyFile } from "../policy/policy.ts";
import type { RequestType, Site } from "../policy/site.ts";
import type { Source } from "./positions.ts";
import { type Path, type Problem, problem, repeated } from "./problem.ts";

/** The longest that access with an end may last: an execution lives a year, approval and all. */
export const longestAccess = "300d";

/** What the shape of site.yaml cannot say: ids that must be unique, statuses and options that need each other. */
export function checkSite(
  { value, source }: { value: Site; source: Source },
  catalog: Catalog,
  policy: PolicyFile,
): Problem[] {
  const ids = value.requestTypes.map(({ id }, index) => ({ id, path: ["requestTypes", index, "id"] }));
  return [
    ...repeated(source, ids),
    ...checkSynthetic(source, value, catalog, policy),
    ...value.requestTypes.flatMap((requestType, index) => {
      const at = ["requestTypes", index];
      const { statuses } = requestType;
      return [
        ...(requestType.meaning === "access" ? checkAccessType(source, at, requestType, catalog) : []),
        ...(statuses.waiting.includes(statuses.approved)
          ? [problem(source, [...at, "statuses", "approved"], "is also a waiting status")]
          : []),
      ];
    }),
  ];
}

/** The application whose entitlements Latchkey may ask for by itself. */
const syntheticApplication = "synthetic";

/** What Latchkey asks for by itself must be there for that alone, and over soon. */
function checkSynthetic(source: Source, site: Site, catalog: Catalog, policy: PolicyFile): Problem[] {
  if (!site.syntheticRequest) return [];
  const { requestType: id, option, duration } = site.syntheticRequest;
  const requestType = site.requestTypes.find((one) => one.id === id);
  if (requestType?.meaning !== "access")
    return [problem(source, ["syntheticRequest", "requestType"], "is not a request type for access")];
  const length = requestType.durations?.[duration];
  const isShort = length !== undefined && length !== "permanent" && secondsOf(length) <= 3_600;
  const entry = entriesOf(catalog).find((one) => one.option === option);
  const isOwn = entry?.application === syntheticApplication;
  const approval = policy.approvals[entry?.approval ?? policy.defaultApproval ?? ""];
  const asksNobody = approval !== undefined && "automatic" in approval;
  const wrong: [key: string, why: string | undefined][] = [
    ["duration", isShort ? undefined : "is not an option of an hour or less"],
    [
      "option",
      isOwn
        ? undefined
        : `is not the option of an entitlement of the application “${syntheticApplication}” in catalog.yaml`,
    ],
    ["option", !isOwn || asksNobody ? undefined : "needs an approval: people would be asked every hour"],
  ];
  return wrong.flatMap(([key, why]) =>
    why === undefined ? [] : [problem(source, ["syntheticRequest", key], why)],
  );
}

function checkAccessType(source: Source, at: Path, requestType: RequestType, catalog: Catalog): Problem[] {
  const { fields, durations = {}, statuses } = requestType;
  const isDoneByHand = catalog.applications.some(({ entitlements }) =>
    entitlements.some(({ groups }) => groups.length === 0),
  );
  return [
    ...checkOther(source, [...at, "otherOption"], requestType, catalog),
    ...(isDoneByHand && statuses.manual === undefined
      ? [
          problem(
            source,
            [...at, "statuses"],
            "catalog.yaml has entitlements without groups: the status manual is needed for those",
          ),
        ]
      : []),
    ...(fields.incident && statuses.review === undefined
      ? [problem(source, [...at, "fields", "incident"], "needs the status review")]
      : []),
    ...(fields.duration && !requestType.durations
      ? [
          problem(
            source,
            [...at, "fields", "duration"],
            "the options of this field must be listed under durations",
          ),
        ]
      : []),
    ...Object.entries(durations).flatMap(([option, length]) =>
      length !== "permanent" && secondsOf(length) > secondsOf(longestAccess)
        ? [
            problem(
              source,
              [...at, "durations", option],
              `found ${length}; expected ${longestAccess} at most`,
            ),
          ]
        : [],
    ),
  ];
}

/** The option for something else goes to people, so there must be a status for that, and no entry behind the option. */
function checkOther(
  source: Source,
  path: Path,
  { otherOption, statuses }: RequestType,
  { applications }: Catalog,
): Problem[] {
  if (otherOption === undefined) return [];
  const taken = applications.flatMap(({ id, entitlements }) =>
    entitlements.flatMap((entitlement) =>
      entitlement.option === otherOption ? [`${id}/${entitlement.id}`] : [],
    ),
  );
  return [
    ...(statuses.triage === undefined ? [problem(source, path, "needs the status triage")] : []),
    ...taken.map((id) => problem(source, path, `is the option of ${id} in catalog.yaml`)),
  ];
}
