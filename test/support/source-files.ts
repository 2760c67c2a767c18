import { globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseAst } from "vitest/node";

/** The repository's TypeScript, read with a real parser: what a file imports, and which global things it uses. */

const root = join(import.meta.dirname, "../..");

/** `types`: only types are imported, so nothing of the file is there when the program runs. */
type Import = { from: string; types: boolean };

export type SourceFile = {
  /** From the repository's root, such as `src/requests/life.ts`. */
  path: string;
  lines: number;
  /** Packages by specifier, files of the repository by path. */
  imports: Import[];
  /** Names of globals, such as `fetch`, `Date.now`, and `new Date()` for the one without arguments. */
  globals: string[];
  /** Source of every `x as T`, `<T>x` and `x!`, but not `as const`. */
  assertions: string[];
  /** What is exported from another file. */
  reExports: string[];
  exports: string[];
  /** Names of the classes that it makes instances of. */
  made: string[];
};

type Node = { type: string; start: number; end: number } & Record<string, unknown>;

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

function children(node: Node): [key: string, child: Node][] {
  return Object.entries(node).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).filter(isNode).map((child): [string, Node] => [key, child]),
  );
}

/** The repository's folders, without what is installed or made by commands. */
export const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
  .map(({ name }) => name)
  .filter((name) => !["node_modules", "dist", "cdk.out", "coverage"].includes(name));

export function paths(...patterns: string[]): string[] {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ["**/node_modules/**"] }))
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

export function text(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

export function readSourceFile(path: string): SourceFile {
  return readSource(path, text(path));
}

export function readSource(path: string, source: string): SourceFile {
  const file: SourceFile = {
    path,
    lines: source.trimEnd().split("\n").length,
    imports: [],
    globals: [],
    assertions: [],
    reExports: [],
    exports: [],
    made: [],
  };
  const place = (specifier: string) =>
    specifier.startsWith(".") ? join(dirname(path), specifier).replaceAll("\\", "/") : specifier;
  const imported = (specifier: unknown, types: boolean) => {
    const literal = isNode(specifier) && specifier.type === "Literal" ? specifier.value : undefined;
    file.imports.push({ from: typeof literal === "string" ? place(literal) : "(computed)", types });
  };
  const visit = (node: Node, key: string, parent: Node | undefined): void => {
    switch (node.type) {
      case "ImportDeclaration":
        imported(node.source, node.importKind === "type" || hasOnlyTypes(node.specifiers));
        break;
      case "ExportAllDeclaration":
      case "ExportNamedDeclaration":
        if (!isNode(node.source)) file.exports.push(...exportedNames(node));
        else {
          imported(node.source, node.exportKind === "type");
          file.reExports.push(source.slice(node.start, node.end));
        }
        break;
      case "ImportExpression":
        imported(node.source, false);
        break;
      case "TSExternalModuleReference":
        imported(node.expression, false);
        break;
      case "TSImportType":
        imported(node.source, true);
        break;
      case "TSAsExpression":
      case "TSTypeAssertion":
      case "TSNonNullExpression":
        if (!isConst(node)) file.assertions.push(source.slice(node.start, node.end));
        break;
      case "CallExpression":
        if (isNode(node.callee) && node.callee.name === "require")
          imported((node.arguments as unknown[])[0], false);
        break;
      case "NewExpression":
        if (isNode(node.callee) && node.callee.type === "Identifier")
          file.made.push(String(node.callee.name));
        if (isNode(node.callee) && node.callee.name === "Date" && (node.arguments as []).length === 0)
          file.globals.push("new Date()");
        break;
      case "MemberExpression":
        if (isNode(node.object) && isNode(node.property))
          file.globals.push(`${String(node.object.name)}.${String(node.property.name)}`);
        break;
      case "Identifier":
        if (!isOnlyName(key, parent)) file.globals.push(String(node.name));
    }
    for (const [name, child] of children(node)) visit(child, name, node);
  };
  visit(parseAst(source, { lang: "ts" }) as unknown as Node, "", undefined);
  return file;
}

/** `import { type A, type B }` */
function hasOnlyTypes(specifiers: unknown): boolean {
  const list = Array.isArray(specifiers) ? specifiers.filter(isNode) : [];
  return list.length > 0 && list.every((one) => one.importKind === "type");
}

function isConst({ typeAnnotation }: Node): boolean {
  return (
    isNode(typeAnnotation) && isNode(typeAnnotation.typeName) && typeAnnotation.typeName.name === "const"
  );
}

/** The identifier names a property or a method of whatever object, or what another file calls something. */
function isOnlyName(key: string, parent: Node | undefined): boolean {
  return ["property", "key", "imported", "exported"].includes(key) && parent?.computed !== true;
}

function exportedNames({ declaration, specifiers }: Node): string[] {
  const named = (pattern: unknown): string[] => {
    if (!isNode(pattern)) return [];
    if (pattern.type === "Identifier") return [String(pattern.name)];
    return children(pattern).flatMap(([key, child]) => (key === "key" ? [] : named(child)));
  };
  if (!isNode(declaration)) return (specifiers as Node[]).flatMap((one) => named(one.exported));
  if (isNode(declaration.id)) return named(declaration.id);
  return (declaration.declarations as Node[]).flatMap((one) => named(one.id));
}
