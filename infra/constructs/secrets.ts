import { RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { Settings } from "../settings.ts";
import type { Right } from "./latchkey-function.ts";

/** The four secrets. They are made without a value; an operator puts it in (docs/operations.md, “Keys”). */
export class Secrets extends Construct {
  readonly webhook: CfnSecret;
  readonly jira: CfnSecret;
  readonly jumpcloudRead: CfnSecret;
  readonly jumpcloudWrite: CfnSecret;
  readonly #settings: Settings;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.#settings = settings;
    this.webhook = this.#secret(
      "jira-webhook",
      "Signing secrets of Jira's webhook, tokens of automation rules",
    );
    this.jira = this.#secret("jira-api", "Credentials of the Jira service account");
    this.jumpcloudRead = this.#secret("jumpcloud-read", "Credentials for reading JumpCloud");
    this.jumpcloudWrite = this.#secret(
      "jumpcloud-write",
      "Credentials for changing memberships in JumpCloud",
    );
  }

  get jiraEnvironment() {
    const { url, tokenUrl } = this.#settings.jira;
    return { JIRA_URL: url, JIRA_TOKEN_URL: tokenUrl, JIRA_SECRET: this.jira.ref };
  }

  /** @param secret which of the two keys the function is given */
  jumpcloudEnvironment(secret: CfnSecret) {
    const { url, tokenUrl } = this.#settings.jumpcloud;
    return { JUMPCLOUD_URL: url, JUMPCLOUD_TOKEN_URL: tokenUrl, JUMPCLOUD_SECRET: secret.ref };
  }

  get all(): CfnSecret[] {
    return [this.webhook, this.jira, this.jumpcloudRead, this.jumpcloudWrite];
  }

  /** Since when there is which version; nothing of a value. */
  get readAges(): Right {
    return { actions: ["secretsmanager:ListSecretVersionIds"], on: this.all.map(({ ref }) => ref) };
  }

  read(secret: CfnSecret): Right {
    return { actions: ["secretsmanager:GetSecretValue"], on: [secret.ref] };
  }

  #secret(name: string, description: string): CfnSecret {
    const secret = new CfnSecret(this, name, { name: `${Stack.of(this).stackName}/${name}`, description });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
    Validations.of(secret).acknowledge({
      id: "AwsSolutions::AwsSolutions-SMG4",
      reason:
        "The value belongs to Jira or JumpCloud: their keys are made by a person in their console, and rotated as docs/operations.md says.",
    });
    return secret;
  }
}
