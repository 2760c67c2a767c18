import fc from "fast-check";

/** JSON that no serializer writes. A string of the same name stands for it until `asJson`. */
const odd: Record<string, string> = {
  "odd:deep list": "[".repeat(10_000) + "]".repeat(10_000),
  "odd:deep object": `${'{"content":['.repeat(5_000)}${"]}".repeat(5_000)}`,
  "odd:half a character": '"\\ud800"',
  "odd:prototype":
    '{"__proto__":{"polluted":true,"id":"1"},"constructor":{"prototype":{"polluted":true}},"id":"1"}',
  "odd:infinite": "1e999",
  "odd:many digits": "9".repeat(2_000),
  "odd:twice": '{"id":"1","id":"2","accountId":"a","accountId":"b","key":"A-1","key":"B-1"}',
  "odd:many keys": `{${Array.from({ length: 500 }, (_, index) => `"k${index}":[]`).join(",")}}`,
};

const strings = [
  "",
  " ",
  "0",
  "-1",
  "..",
  "../../rest/api/3/user",
  "a?b#c",
  "a\r\nx-injected: 1",
  "\u0000",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "not a date",
  "+275760-09-13T00:00:00.001Z",
  "2026-02-30",
  "<script>alert(1)</script>",
  "{{issue.key}}",
  "${jndi:ldap://x}",
  "ACC-1",
  "x".repeat(300),
  "é".repeat(70_000),
  "(".repeat(20_000),
  "Parent values: A(1)Level 1 values: B(",
  ...Object.keys(odd),
];
const numbers = [0, -1, 0.5, 1e308, -1e308, 8.64e15 + 1, 2 ** 53, 10_012];

/** What nobody expects in the place of anything. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<unknown>(...strings) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(...numbers, null, true, false, [], {}, [[]], [null]) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

const ways = ["remove", "replace", "replace", "wrap", "repeat", "rename"] as const;
const names = ["__proto__", "constructor", "prototype", "toString", "length", "id", "values", ""];

export type Edit = { at: number; way: (typeof ways)[number]; value: unknown; name: string };

/** Changes to some places of a JSON value; most values stay as they are when there are no edits. */
export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    at: fc.nat(),
    way: fc.constantFrom(...ways),
    value: hostile,
    name: fc.constantFrom(...names),
  }),
  { minLength: 0, maxLength: 3 },
);

type Slot = { parent: object; key: string };

/** The value with edits, as text, for it may be what no value is. */
export function mutated(value: unknown, changes: Edit[]): string {
  const root = { value: structuredClone(value) };
  for (const { at, way, value: replacement, name } of changes) {
    const slots = slotsIn(root);
    const slot = slots[at % slots.length];
    if (!slot) continue;
    const { parent, key } = slot;
    const current: unknown = Reflect.get(parent, key);
    if (way === "remove" && parent !== root) Reflect.deleteProperty(parent, key);
    else if (way === "wrap") Reflect.set(parent, key, at % 2 === 0 ? [current] : { [key]: current });
    else if (way === "repeat" && Array.isArray(parent))
      parent.push(...new Array(60).fill(0).map(() => structuredClone(current)));
    else if (way === "rename" && !Array.isArray(parent) && parent !== root) {
      Reflect.deleteProperty(parent, key);
      Object.defineProperty(parent, name, { value: current, enumerable: true, configurable: true });
    } else Reflect.set(parent, key, structuredClone(replacement));
  }
  return asJson(root.value);
}

function slotsIn(root: object): Slot[] {
  const slots: Slot[] = [];
  const walk = (parent: object) => {
    for (const [key, child] of Object.entries(parent)) {
      slots.push({ parent, key });
      if (child !== null && typeof child === "object") walk(child);
    }
  };
  walk(root);
  return slots;
}

export function asJson(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return text.replaceAll(/"(odd:[a-z ]+)"/g, (whole, name: string) => odd[name] ?? whole);
}

/** Whether something has written to what every object inherits from. */
export function isPolluted(): boolean {
  const inherited: unknown = Reflect.get({}, "polluted");
  return inherited !== undefined || Object.keys(Object.prototype).length > 0;
}
