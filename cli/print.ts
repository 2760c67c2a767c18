/** How the command says things: for people, or as JSON for machines. */
export type Output = {
  json: boolean;
  write(text: string): void;
  /** Says how far long work has come, where somebody watches; each text takes the place of the one before. */
  progress?(text: string): void;
};

/** Prints `value` as JSON, or the lines that `lines` makes of it. */
export function print<Value>(output: Output, value: Value, lines: (value: Value) => string[]): void {
  output.write(output.json ? `${JSON.stringify(value, null, 2)}\n` : `${lines(value).join("\n")}\n`);
}

/** Rows as text, each column as wide as its widest cell. */
export function table(header: string[], rows: string[][]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** A moment, as ISO 8601 without fractions of a second. */
export function moment(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}
