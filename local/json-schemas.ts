import * as v from "valibot";

/** Schemas that are as strict with JSON as the real systems are, where valibot's own are not. */

/** valibot takes an array for an object, or a record, too. */
const notArray = v.pipe(
  v.instance(Object),
  v.check((value) => !Array.isArray(value), "Invalid type: Expected Object but received Array"),
);

export const object = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(notArray, v.object(entries));

export const strictObject = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(notArray, v.strictObject(entries));

/** What an object with all of the entries is. */
export type ValuesOf<Entries extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Entries, undefined>>;

/** Any of the entries, and nothing else. */
export const someOf = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(notArray, v.partial(v.strictObject(entries)));

export const record = <Value extends v.GenericSchema>(value: Value) =>
  v.pipe(notArray, v.record(v.string(), value));

export const wholeNumber = v.pipe(v.number(), v.safeInteger("expected a whole number"));
export const notNegative = v.pipe(wholeNumber, v.minValue(0));
export const positive = v.pipe(wholeNumber, v.minValue(1));

/** RFC 3339: unlike valibot's, with a `T`, and with minutes in the offset. */
export const timestamp = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.regex(/T\S+(Z|[+-]\d\d:\d\d)$/, "expected a timestamp of RFC 3339"),
);
