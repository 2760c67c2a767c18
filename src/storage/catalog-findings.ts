import { CatalogHealth, neverLooked } from "../catalog/health.ts";
import { KnownApplication } from "../catalog/known-application.ts";
import { neverReported, SeparationReport } from "../policy/check-separation.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

/** Where `CatalogHealth` is kept: beside `POLICY` / `CURRENT`, but under a key of its own, which one function may write. */
export const healthKey = { pk: "HEALTH", sk: "CATALOG" };
const separationKey = { pk: "HEALTH", sk: "SEPARATION" };

/**
 * What was found in JumpCloud and Jira about the catalog, in the Catalog table: `DIRECTORY` / `<JumpCloud application id>`,
 * `HEALTH` / `CATALOG` and `HEALTH` / `SEPARATION`.
 */
export class CatalogFindings {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Every application that was ever seen. */
  async *applications(): AsyncGenerator<KnownApplication> {
    const query = { expression: "pk = :pk", values: { ":pk": "DIRECTORY" } };
    for await (const item of this.#table.query(query)) yield readItem(KnownApplication, item);
  }

  async keep(application: KnownApplication): Promise<void> {
    const key = { pk: "DIRECTORY", sk: application.applicationId };
    // Whoever looked last knows best.
    await this.#table.put(
      { ...key, ...application },
      {
        expression: "attribute_not_exists(lookedAt) OR lookedAt <= :lookedAt",
        values: { ":lookedAt": application.lookedAt ?? 0 },
      },
    );
  }

  async separation(): Promise<SeparationReport> {
    const item = await this.#table.get(separationKey);
    return item === undefined ? neverReported : readItem(SeparationReport, item);
  }

  /** The report with its new version; undefined when somebody else wrote since it was read. */
  saveSeparation(report: SeparationReport): Promise<SeparationReport | undefined> {
    return this.#save(separationKey, report);
  }

  async health(): Promise<CatalogHealth> {
    const item = await this.#table.get(healthKey);
    return item === undefined ? neverLooked : readItem(CatalogHealth, item);
  }

  /** The health with its new version; undefined when somebody else wrote since it was read. */
  saveHealth(health: CatalogHealth): Promise<CatalogHealth | undefined> {
    return this.#save(healthKey, health);
  }

  async #save<Item extends { version: number }>(key: object, item: Item): Promise<Item | undefined> {
    const { version } = item;
    const next = { ...item, version: version + 1 };
    const isSaved = await this.#table.put(
      { ...key, ...next },
      version === 0
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "version = :version", values: { ":version": version } },
    );
    return isSaved ? next : undefined;
  }
}
