import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * What the local runtime and the simulated world keep between runs: collections of JSON documents in one SQLite
 * file, or in memory. Every change is in the file when the call returns, so a killed process loses nothing.
 */
export class Store {
  readonly #database: DatabaseSync;
  /** Read again, in every collection, what the open transaction has changed. */
  #rereads: (() => void)[] = [];

  /**
   * @param file path of the database file; it and its folder are made when missing. None keeps all in memory.
   * @param options.alone no other process may open it until this one closes it or dies: the other's constructor throws
   */
  constructor(file?: string, options: { alone?: boolean } = {}) {
    if (file) mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file ?? ":memory:");
    this.#database.exec(`
      ${options.alone ? "PRAGMA locking_mode = EXCLUSIVE;" : ""}
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = OFF;
      CREATE TABLE IF NOT EXISTS document (
        collection TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL,
        PRIMARY KEY (collection, id)
      ) WITHOUT ROWID;
    `);
  }

  collection<Document>(name: string): Collection<Document> {
    return new Collection(this.#database, name, (reread) => {
      if (this.#database.isTransaction) this.#rereads.push(reread);
    });
  }

  /**
   * Makes several changes at once: after a crash either all or none are there. When `changes` throws, none is, in the
   * collections neither; documents that were got before have to be got again.
   */
  together<Result>(changes: () => Result): Result {
    if (this.#database.isTransaction) return changes();
    this.#database.exec("BEGIN");
    try {
      const result = changes();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      for (const reread of this.#rereads) reread();
      throw error;
    } finally {
      this.#rereads = [];
    }
  }

  close(): void {
    this.#database.close();
  }
}

/**
 * Documents of one kind by id, held in memory and written through. Change a document and `set` it again; a change
 * that is not set is not kept. Iteration is in the order of first insertion while the process lives, by id after a restart;
 * a document whose deletion was undone comes last.
 */
export class Collection<Document> {
  readonly #documents = new Map<string, Document>();
  readonly #write;
  readonly #remove;
  readonly #read;
  readonly #name: string;
  readonly #onChange: (reread: () => void) => void;

  /** @param onChange is told of every change, and how to read the document again should the change be undone */
  constructor(database: DatabaseSync, name: string, onChange: (reread: () => void) => void) {
    this.#name = name;
    this.#onChange = onChange;
    this.#write = database.prepare("INSERT OR REPLACE INTO document VALUES (?, ?, ?)");
    this.#remove = database.prepare("DELETE FROM document WHERE collection = ? AND id = ?");
    this.#read = database.prepare("SELECT json FROM document WHERE collection = ? AND id = ?");
    const rows = database.prepare("SELECT id, json FROM document WHERE collection = ? ORDER BY id").all(name);
    for (const { id, json } of rows) this.#documents.set(String(id), this.#parse(json));
  }

  get size(): number {
    return this.#documents.size;
  }

  get(id: string): Document | undefined {
    return this.#documents.get(id);
  }

  set(id: string, document: Document): void {
    this.#onChange(() => this.#reread(id));
    this.#write.run(this.#name, id, JSON.stringify(document));
    this.#documents.set(id, document);
  }

  delete(id: string): void {
    this.#onChange(() => this.#reread(id));
    this.#remove.run(this.#name, id);
    this.#documents.delete(id);
  }

  values(): Document[] {
    return [...this.#documents.values()];
  }

  entries(): [string, Document][] {
    return [...this.#documents.entries()];
  }

  #reread(id: string): void {
    const row = this.#read.get(this.#name, id);
    if (row) this.#documents.set(id, this.#parse(row.json));
    else this.#documents.delete(id);
  }

  #parse(json: unknown): Document {
    // oxlint-disable-next-line typescript/no-unsafe-assignment -- this class wrote it, as a Document
    const document: Document = JSON.parse(String(json));
    return document;
  }
}
