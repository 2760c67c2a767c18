/** How a condition compares the key's values (none when the call has no such key) with the policy's. */
export const conditionOperators = {
  StringEquals: (has: string[] | undefined, values: string[]) => only(has, values, (a, b) => a === b),
  StringLike: (has: string[] | undefined, values: string[]) => only(has, values, (a, b) => matches(b, a)),
  ArnEquals: (has: string[] | undefined, values: string[]) => only(has, values, (a, b) => matchesArn(b, a)),
  ArnLike: (has: string[] | undefined, values: string[]) => only(has, values, (a, b) => matchesArn(b, a)),
  Bool: (has: string[] | undefined, values: string[]) =>
    only(has, values, (a, b) => a.toLowerCase() === b.toLowerCase()),
  "ForAllValues:StringEquals": (has: string[] | undefined, values: string[]) =>
    (has ?? []).every((value) => values.includes(value)),
  "ForAnyValue:StringEquals": (has: string[] | undefined, values: string[]) =>
    (has ?? []).some((value) => values.includes(value)),
};

function only(
  has: string[] | undefined,
  values: string[],
  equal: (value: string, pattern: string) => boolean,
): boolean {
  const [value] = has ?? [];
  return value !== undefined && has?.length === 1 && values.some((pattern) => equal(value, pattern));
}

/** Whether the text fits a pattern with `*` and `?`. */
export function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(text);
}

/** As `matches`, but a wildcard does not reach over the colons between the parts of an ARN. */
function matchesArn(pattern: string, arn: string): boolean {
  const parts = (text: string) => [...text.split(":").slice(0, 5), text.split(":").slice(5).join(":")];
  const found = parts(arn);
  return parts(pattern).every((part, index) => matches(part, found[index] ?? ""));
}
