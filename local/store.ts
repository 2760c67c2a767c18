import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * What the local runtime and the simulated world keep between runs: collections of JSON documents in one SQLite
 * file, or in memory. Every change is in the file when the call returns, so a killed process loses nothing.
 */
export class Store {
  readonly #database: DatabaseSync;

  /** @param file path of the database file; it and its folder are made when missing. None keeps all in memory. */
  constructor(file?: string) {
    if (file) mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file ?? ":memory:");
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = OFF;
      CREATE TABLE IF NOT EXISTS document (
        collection TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL,
        PRIMARY KEY (collection, id)
      ) WITHOUT ROWID;
    `);
  }

  collection<Document>(name: string): Collection<Document> {
    return new Collection(this.#database, name);
  }

  /** Makes several changes to the file at once: after a crash either all or none are there. */
  together<Result>(changes: () => Result): Result {
    if (this.#database.isTransaction) return changes();
    this.#database.exec("BEGIN");
    try {
      const result = changes();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

/**
 * Documents of one kind by id, held in memory and written through. Change a document and `set` it again; a change
 * that is not set is not kept. Iteration is in the order of first insertion while the process lives, by id after a restart.
 */
export class Collection<Document> {
  readonly #documents = new Map<string, Document>();
  readonly #write;
  readonly #remove;
  readonly #name: string;

  constructor(database: DatabaseSync, name: string) {
    this.#name = name;
    this.#write = database.prepare("INSERT OR REPLACE INTO document VALUES (?, ?, ?)");
    this.#remove = database.prepare("DELETE FROM document WHERE collection = ? AND id = ?");
    const rows = database.prepare("SELECT id, json FROM document WHERE collection = ? ORDER BY id").all(name);
    for (const row of rows) {
      // oxlint-disable-next-line typescript/no-unsafe-assignment -- this class wrote it, as a Document
      const document: Document = JSON.parse(String(row.json));
      this.#documents.set(String(row.id), document);
    }
  }

  get size(): number {
    return this.#documents.size;
  }

  get(id: string): Document | undefined {
    return this.#documents.get(id);
  }

  set(id: string, document: Document): void {
    this.#documents.set(id, document);
    this.#write.run(this.#name, id, JSON.stringify(document));
  }

  delete(id: string): void {
    this.#documents.delete(id);
    this.#remove.run(this.#name, id);
  }

  values(): Document[] {
    return [...this.#documents.values()];
  }

  entries(): [string, Document][] {
    return [...this.#documents.entries()];
  }
}
