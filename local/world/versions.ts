/** What something was from a time on, in milliseconds, until its next version. Lists of versions are oldest first. */
type Version = { at: number };

/** The version of that time; undefined when there was none yet. */
export function versionAt<Kind extends Version>(versions: Kind[], time: number): Kind | undefined {
  return versions.findLast((version) => version.at <= time);
}

/** The versions with the newest added, without those that nobody sees who looks back `lagMs` at the most. */
export function withVersion<Kind extends Version>(versions: Kind[], newest: Kind, lagMs: number): Kind[] {
  const firstNeeded = versions.findLastIndex((version) => version.at <= newest.at - lagMs);
  return [...versions.slice(Math.max(firstNeeded, 0)), newest];
}
