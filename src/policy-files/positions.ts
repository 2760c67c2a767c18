import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLParseError,
} from "yaml";

/** Where something stands in a file. Lines and columns count from 1. */
type Position = { line: number; column: number };

/** A YAML file that was read: its content, and where each part of it stands. */
export type Source = {
  file: string;
  value: unknown;
  /** The place of the value that the path leads to, or of the nearest one above it that is there. */
  at(path: readonly (string | number)[]): Position;
  /** The place of a key of the object that the path leads to. */
  atKey(path: readonly (string | number)[], key: string): Position;
};

/** What is wrong in a policy file, where, and what is expected there. */
export type Problem = Position & { file: string; message: string };

/** Reads YAML text; a file that is no YAML gives problems instead. */
export function readSource(file: string, text: string): Source | Problem[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0)
    return withoutConsequences(document.errors).map(({ code, pos, message }) => ({
      file,
      ...place(pos[0]),
      message: code === "DUPLICATE_KEY" ? "this key is used twice" : `this is not YAML: ${message}`,
    }));
  const root = document.contents;
  const offsetOf = (node: unknown) => (isNode(node) ? (node.range?.[0] ?? 0) : 0);
  const source: Source = {
    file,
    value: document.toJS(),
    at: (path) => place(offsetOf(nodeAt(root, path))),
    atKey: (path, key) => {
      const node = nodeAt(root, path);
      const pair = isMap(node)
        ? node.items.find((item) => isScalar(item.key) && item.key.value === key)
        : undefined;
      return place(offsetOf(pair?.key ?? node));
    },
  };
  return source;
}

/** After the first place that is not YAML the parser guesses, and what it says then is about its guesses. */
function withoutConsequences(errors: YAMLParseError[]): YAMLParseError[] {
  const first = errors.find(({ code }) => code !== "DUPLICATE_KEY");
  return errors.filter(
    (error) => error === first || (error.code === "DUPLICATE_KEY" && !(first && error.pos[0] > first.pos[0])),
  );
}

function nodeAt(root: Node | null, path: readonly (string | number)[]): Node | null {
  let node = root;
  for (const step of path) {
    const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
    const value = isPair(next) ? next.value : next;
    if (!isNode(value)) return node;
    node = value;
  }
  return node;
}
