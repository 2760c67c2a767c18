/** One line of the table. */
export type Figure = {
  name: string;
  measured: number;
  unit: "" | "bytes" | "times" | "US$" | "s" | "per second";
  /** What it may be at most. A figure without a limit is only reported. */
  limit?: number;
  /** What the number is made of. */
  note?: string;
};

export type FigureGroup = { title: string; figures: Figure[] };

export function isOk({ measured, limit }: Figure): boolean {
  return limit === undefined || measured <= limit;
}
