import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type * as v from "valibot";
import type { TablesEnvironment } from "../lambda/environments.ts";
import { awsConfig, type Platform } from "../lambda/platform.ts";
import { RequestSigner } from "../lambda/request-signer.ts";
import { ActionRequest, AnyRequest, Request } from "../requests/request.ts";
import { ActionRows } from "../storage/action-rows.ts";
import { AuditTrails } from "../storage/audit.ts";
import { CatalogFindings } from "../storage/catalog-findings.ts";
import { StoredGrantSwitch } from "../storage/grant-switch.ts";
import { Ledger } from "../storage/ledger.ts";
import { People } from "../storage/people.ts";
import { Policies } from "../storage/policies.ts";
import { Requests } from "../storage/requests.ts";
import { Snapshots } from "../storage/snapshots.ts";
import { Standings } from "../storage/standings.ts";
import { Table } from "../storage/table.ts";

/** What is kept in DynamoDB. A function that does not use a table needs no rights on it: nothing is read here. */
export function wireTables(environment: v.InferOutput<typeof TablesEnvironment>, platform: Platform) {
  const client = new DynamoDBClient({ ...awsConfig(platform), signerConstructor: RequestSigner });
  const requestsTable = new Table(client, environment.REQUESTS_TABLE);
  const auditTable = new Table(client, environment.AUDIT_TABLE);
  const catalogTable = new Table(client, environment.CATALOG_TABLE);
  const policies = new Policies(catalogTable, platform.clock);
  return {
    requestsTable,
    clock: platform.clock,
    requests: new Requests(requestsTable, platform.clock, Request),
    actions: new Requests(requestsTable, platform.clock, ActionRequest),
    anyRequests: new Requests(requestsTable, platform.clock, AnyRequest),
    rows: new ActionRows(requestsTable),
    snapshots: new Snapshots(requestsTable),
    ledger: new Ledger(requestsTable),
    people: new People(requestsTable),
    standings: new Standings(requestsTable),
    auditTable,
    audit: new AuditTrails(auditTable, platform.clock, async () => (await policies.current()).version),
    grantSwitch: new StoredGrantSwitch(catalogTable),
    findings: new CatalogFindings(catalogTable),
    policy: policies,
    catalog: policies,
  };
}
