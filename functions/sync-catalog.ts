import * as v from "valibot";
import { Sync, syncCatalog } from "../src/catalog/sync-catalog.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { writeTrouble } from "../src/lambda/metrics.ts";
import { wireJira, wireServiceDesk } from "../src/wiring/jira.ts";
import { wireInventory, wireJumpCloud } from "../src/wiring/jumpcloud.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "sync-catalog",
  event: Sync,
  wire: (platform) => {
    const environment = v.parse(environments["sync-catalog"], platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const serviceDesk = wireServiceDesk(environment, platform);
    const directory = wireJumpCloud(environment, platform, tables, 5);
    const inventory = wireInventory(environment, platform, tables);
    const report = (closed: number) => writeTrouble(platform, environment.SERVICE, { closed });
    return (given) => syncCatalog({ ...tables, jira, serviceDesk, directory, inventory, report }, given);
  },
  logged: (_, result) =>
    result && "checked" in result ? { did: `looked at ${result.checked} entitlements` } : {},
});
