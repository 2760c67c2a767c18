import * as v from "valibot";

const text = v.pipe(v.string(), v.minLength(1));
const kebab = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower case letters, digits and hyphens"),
);

/** Groups that somebody is in by being who they are. */
export const Bundle = v.strictObject({
  id: v.pipe(kebab, v.description("Name in audit trails.")),
  when: v.pipe(
    v.record(text, v.array(text)),
    v.description("Which values each of these attributes may have; everybody fits when there are none."),
  ),
  groups: v.pipe(v.array(text), v.description("Ids of groups in JumpCloud.")),
});
export type Bundle = v.InferOutput<typeof Bundle>;

/** Ids of the groups of all bundles that fit, each once. */
export function groupsFor(
  bundles: readonly Bundle[],
  attributes: Readonly<Record<string, string>>,
): string[] {
  const fitting = bundles.filter(({ when }) =>
    Object.entries(when).every(([name, values]) => values.includes(attributes[name] ?? "")),
  );
  return [...new Set(fitting.flatMap(({ groups }) => groups))];
}
