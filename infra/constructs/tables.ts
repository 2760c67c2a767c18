import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { type Attribute, AttributeType, BillingMode, ProjectionType, Table } from "aws-cdk-lib/aws-dynamodb";
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { Right } from "./latchkey-function.ts";

const text = (name: string): Attribute => ({ name, type: AttributeType.STRING });
const number = (name: string): Attribute => ({ name, type: AttributeType.NUMBER });

/**
 * Nobody in the account, administrators included, changes or removes what is written. Whoever must takes this policy off the
 * table first, which CloudTrail shows. A Put that overwrites cannot be told from one that adds: the trail's chain of hashes
 * shows it.
 */
const nothingIsUnwritten = () =>
  new PolicyDocument({
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: [
          "DeleteItem",
          "UpdateItem",
          "BatchWriteItem",
          "PartiQLDelete",
          "PartiQLUpdate",
          "UpdateTimeToLive",
        ].map((action) => `dynamodb:${action}`),
        // The table that the policy is of: CloudFormation finds a circle in its ARN.
        resources: ["*"],
      }),
    ],
  });

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
    this.audit = this.#table("Audit", text("requestId"), number("sequence"), nothingIsUnwritten());
    this.audit.addGlobalSecondaryIndex({
      indexName: "byDay",
      partitionKey: text("writtenOn"),
      sortKey: text("requestId"),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ["hash"],
    });
  }

  get environment() {
    return {
      CATALOG_TABLE: this.catalog.tableName,
      REQUESTS_TABLE: this.requests.tableName,
      AUDIT_TABLE: this.audit.tableName,
    };
  }

  /** The site and the policy in force, and what of the catalog is closed. */
  get readPolicy(): Right {
    return { actions: ["dynamodb:BatchGetItem"], on: [this.catalog.tableArn] };
  }

  /** Whether grants are stopped, or what was found before. */
  get readCatalogItem(): Right {
    return { actions: ["dynamodb:GetItem"], on: [this.catalog.tableArn] };
  }

  /** What was found in JumpCloud about the catalog; neither the policy nor an entry. */
  get keepFindings(): Right {
    return {
      actions: ["dynamodb:PutItem"],
      on: [this.catalog.tableArn],
      when: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["DIRECTORY", "HEALTH"] } },
    };
  }

  /** What an option of the form asks for. */
  get findEntry(): Right {
    return { actions: ["dynamodb:Query"], on: [this.catalog.tableArn] };
  }

  get readRequests(): Right {
    return { actions: ["dynamodb:GetItem"], on: [this.requests.tableArn] };
  }

  get changeRequests(): Right {
    return { actions: ["dynamodb:GetItem", "dynamodb:PutItem"], on: [this.requests.tableArn] };
  }

  /** All requests of one issue. */
  get findRequests(): Right {
    return { actions: ["dynamodb:Query"], on: [this.requests.tableArn] };
  }

  /** A function that calls JumpCloud keeps to the pace that all of them share. */
  get keepPace(): Right {
    return { actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"], on: [this.requests.tableArn] };
  }

  /** Adding is the only way to write. It reads when somebody else has added meanwhile. */
  get addToTrail(): Right {
    return { actions: ["dynamodb:PutItem", "dynamodb:Query"], on: [this.audit.tableArn] };
  }

  /** What was added to all trails on a day. */
  get readDay(): Right {
    return { actions: ["dynamodb:Query"], on: [`${this.audit.tableArn}/index/byDay`] };
  }

  #table(id: string, partitionKey: Attribute, sortKey: Attribute, resourcePolicy?: PolicyDocument): Table {
    return new Table(this, id, {
      tableName: `${Stack.of(this).stackName}-${id.toLowerCase()}`,
      partitionKey,
      sortKey,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      ...(resourcePolicy ? { resourcePolicy } : {}),
    });
  }
}
