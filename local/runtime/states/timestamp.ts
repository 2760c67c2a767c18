const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since 1970 of an RFC 3339 timestamp as Wait states take it (`T` and an offset required); undefined when it is none. */
export function parseTimestamp(text: string): number | undefined {
  const parts = rfc3339.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second, fraction = ""] = parts;
  // Date rolls days over (31 February); the text must say the same day back.
  const plain = Date.parse(`${year}-${month}-${day}T00:00:00.000Z`);
  if (Number.isNaN(plain) || new Date(plain).getUTCDate() !== Number(day)) return undefined;
  const offset = text.endsWith("Z") ? "Z" : text.slice(-6);
  const at = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, "0").slice(0, 3)}${offset}`,
  );
  return Number.isNaN(at) ? undefined : at;
}
