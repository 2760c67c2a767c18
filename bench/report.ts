import type { CostLine } from "./cost.ts";
import { type Figure, type FigureGroup, isOk } from "./figures.ts";
import prices from "./prices.json" with { type: "json" };

export type Report = { groups: FigureGroup[]; costs: { warm: CostLine[]; idle: CostLine[] } };

/** The report as people read it. */
export function asText({ groups, costs }: Report): string {
  const lines = groups.flatMap(({ title, figures }) => [
    "",
    title,
    ...figures.map((figure) =>
      row([
        figure.name.padEnd(40),
        shown(figure.measured, figure.unit).padStart(14),
        (figure.limit === undefined ? "" : `≤ ${shown(figure.limit, figure.unit)}`).padEnd(17),
        verdict(figure).padEnd(6),
        figure.note ?? "",
      ]),
    ),
  ]);
  return [
    row(["Figure".padEnd(40), "measured".padStart(14), "limit".padEnd(17), "", ""]),
    ...lines,
    "",
    "What 1,000 approved requests cost, functions warm",
    ...costs.warm.map(costRow),
    "",
    "What a month without requests costs",
    ...costs.idle.map(costRow),
    "",
    `Prices are list prices of ${prices.region} without free tiers (bench/prices.json). Of storage, which is below a cent, nothing is counted.`,
    "What a simulation cannot know is assumed:",
    ...Object.values(prices.assumptions).map(({ value, unit, what }) => `  ${what}: ${value} ${unit}`),
  ].join("\n");
}

/** The report for machines; the figures in one list. */
export function asJson({ groups, costs }: Report): string {
  const figures = groups.flatMap(({ title, figures: all }) =>
    all.map((figure) => ({ group: title, ...figure, ok: isOk(figure) })),
  );
  return JSON.stringify({ ok: figures.every(({ ok }) => ok), figures, costs, prices }, null, 2);
}

/** What has a limit, with what it was measured as. */
export function limited({ groups }: Report): [name: string, value: string][] {
  return groups.flatMap(({ title, figures }) =>
    figures.flatMap(({ name, measured, unit, limit }): [string, string][] =>
      limit === undefined
        ? []
        : [[`${title}: ${name}`, `${shown(measured, unit)} (at most ${shown(limit, unit)})`]],
    ),
  );
}

function verdict(figure: Figure): string {
  if (figure.limit === undefined) return "";
  return isOk(figure) ? "ok" : "NOT OK";
}

function costRow({ service, unit, quantity, usd }: CostLine): string {
  return row([
    service.padEnd(16),
    quantity.toLocaleString("en-US", { maximumFractionDigits: 1 }).padStart(12),
    `× ${unit}`.padEnd(24),
    `US$ ${usd.toFixed(4)}`,
  ]);
}

function shown(value: number, unit: Figure["unit"]): string {
  if (unit === "US$") return `US$ ${value.toFixed(3)}`;
  if (unit === "times") return `${value.toFixed(2)} ×`;
  if (unit === "s") return `${value.toFixed(1)} s`;
  if (unit === "per second") return `${value.toFixed(1)} /s`;
  return `${value.toLocaleString("en-US")}${unit === "" ? "" : ` ${unit}`}`;
}

function row(cells: string[]): string {
  return `  ${cells.join("  ")}`.trimEnd();
}
