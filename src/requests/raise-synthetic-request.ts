import { type Applied, requestTypeOf } from "../policy/applied.ts";
import { secondsOf } from "../policy/duration.ts";
import type { RequestType, Site } from "../policy/site.ts";

type Synthetic = NonNullable<Site["syntheticRequest"]>;

type Deps = {
  policy: { current(): Promise<Applied> };
  jira: {
    /** Whether an issue fits the JQL; Jira's index lags by seconds. */
    hasIssue(jql: string): Promise<boolean>;
  };
  serviceDesk: {
    raise(
      form: { serviceDesk: string; requestType: string },
      request: { fields: Record<string, unknown>; onBehalfOf: string },
    ): Promise<string>;
  };
};

/** `late`: how many of the last synthetic requests are not as far as they should be. */
export type Synthesized = { late: number } & ({ noop: string } | { did: string });

/** Minutes in which access has to be there, and minutes after its end in which it has to be gone. */
const patience = { granted: 9, ended: 15 };
const everyMinutes = 60;

/**
 * Asks for access as people do, once an hour, for a person who is none, and looks at the ticket whether everything was done in
 * time: what works for it works for everybody, from the form to JumpCloud and back. Nothing is done for it that would
 * not be done for anybody else; and nothing is asked for while `syntheticRequest` is not set.
 */
export async function raiseSyntheticRequest(deps: Deps): Promise<Synthesized> {
  const applied = await deps.policy.current();
  const { syntheticRequest } = applied.site;
  if (!syntheticRequest) return { noop: "no synthetic request is set", late: 0 };
  const requestType = requestTypeOf(applied, { requestTypeId: syntheticRequest.requestType });
  const late = await lateOnes(deps, syntheticRequest, requestType);
  if (await has(deps, syntheticRequest, requestType, { from: everyMinutes - 5, to: 0 }))
    return { noop: "asked within the hour", late };
  const { serviceDesk, requestType: id, reporter } = syntheticRequest;
  await deps.serviceDesk.raise(
    { serviceDesk, requestType: id },
    { fields: answers(syntheticRequest, requestType), onBehalfOf: reporter },
  );
  return { did: "asked", late };
}

/** The last one that should be granted by now, and the last one that should be over. */
async function lateOnes(deps: Deps, synthetic: Synthetic, requestType: RequestType): Promise<number> {
  const { statuses, durations = {} } = requestType;
  const length = durations[synthetic.duration];
  const minutes = length === undefined || length === "permanent" ? 0 : secondsOf(length) / 60;
  const held = [statuses.granted, ...(statuses.ending === undefined ? [] : [statuses.ending])];
  const checks = [
    { age: patience.granted, status: `not in (${[...held, statuses.ended].join(", ")})` },
    { age: minutes + patience.granted + patience.ended, status: `in (${held.join(", ")})` },
  ];
  let late = 0;
  for (const { age, status } of checks)
    if (await has(deps, synthetic, requestType, { from: age + everyMinutes, to: age, status })) late++;
  return late;
}

/** Whether it asked for something between so many minutes ago, and that has such a status now. */
function has(
  { jira }: Deps,
  { reporter }: Synthetic,
  { project }: RequestType,
  { from, to, status }: { from: number; to: number; status?: string },
): Promise<boolean> {
  const conditions = [
    `project = ${project}`,
    `reporter = "${reporter}"`,
    `created >= -${from}m`,
    ...(to === 0 ? [] : [`created <= -${to}m`]),
    ...(status === undefined ? [] : [`status ${status}`]),
  ];
  return jira.hasIssue(conditions.join(" AND "));
}

function answers({ parent, option, duration }: Synthetic, { fields }: RequestType): Record<string, unknown> {
  return {
    summary: "Latchkey tests itself: nothing is to be done here",
    [fields.entitlement.id]: parent === undefined ? { id: option } : { id: parent, child: { id: option } },
    ...(fields.duration ? { [fields.duration.id]: { id: duration } } : {}),
    ...(fields.reason ? { [fields.reason.id]: "Shows every hour that requests are fulfilled." } : {}),
  };
}
