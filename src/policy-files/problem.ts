import type { Problem, Source } from "./positions.ts";

export type { Problem };
export type Path = (string | number)[];

export function problem(source: Source, path: Path, message: string): Problem {
  return { file: source.file, ...source.at(path), message: `${path.join(".")}: ${message}` };
}

export function repeated(source: Source, ids: { id: string; path: Path }[]): Problem[] {
  const seen = new Set<string>();
  return ids.flatMap(({ id, path }) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [problem(source, path, `“${id}” is used twice`)];
  });
}
