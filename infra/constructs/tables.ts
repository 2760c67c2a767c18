import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { type Attribute, AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import type { Right } from "./latchkey-function.ts";

const text = (name: string): Attribute => ({ name, type: AttributeType.STRING });
const number = (name: string): Attribute => ({ name, type: AttributeType.NUMBER });

/** The three tables, and the rights on them that functions are given. */
export class Tables extends Construct {
  readonly catalog: Table;
  readonly requests: Table;
  readonly audit: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.catalog = this.#table("Catalog", text("pk"), text("sk"));
    this.requests = this.#table("Requests", text("pk"), text("sk"));
    this.requests.addGlobalSecondaryIndex({
      indexName: "open",
      partitionKey: text("openIn"),
      sortKey: number("nextCheckAt"),
    });
    this.requests.addGlobalSecondaryIndex({
      indexName: "byKey",
      partitionKey: text("issueKey"),
      sortKey: number("generation"),
    });
    this.audit = this.#table("Audit", text("requestId"), number("sequence"));
  }

  get environment() {
    return {
      CATALOG_TABLE: this.catalog.tableName,
      REQUESTS_TABLE: this.requests.tableName,
      AUDIT_TABLE: this.audit.tableName,
    };
  }

  /** The site, the policy and the catalog in force. */
  get readPolicy(): Right {
    return { actions: ["dynamodb:GetItem", "dynamodb:Query"], on: [this.catalog.tableArn] };
  }

  get changeRequests(): Right {
    return { actions: ["dynamodb:GetItem", "dynamodb:PutItem"], on: [this.requests.tableArn] };
  }

  /** A function that calls JumpCloud keeps to the pace that all of them share. */
  get keepPace(): Right {
    return { actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"], on: [this.requests.tableArn] };
  }

  /** Nobody may change or delete an entry: adding is the only way to write. */
  get addToTrail(): Right {
    return { actions: ["dynamodb:PutItem", "dynamodb:Query"], on: [this.audit.tableArn] };
  }

  #table(id: string, partitionKey: Attribute, sortKey: Attribute): Table {
    return new Table(this, id, {
      tableName: `${Stack.of(this).stackName}-${id.toLowerCase()}`,
      partitionKey,
      sortKey,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
