/**
 * Prints a figure of a proof, as a line of its own that `npm run prove` collects.
 *
 * @param value with its unit, and the limit that it keeps to
 */
export function figure(name: string, value: string | number): void {
  console.log(`figure: ${name}: ${value}`);
}
