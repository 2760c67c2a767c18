import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AwsClient } from "aws4fetch";
import { type LeftOut, type Template, withoutUnknown } from "./left-out.ts";
import { operator, place } from "./ministack.ts";

export type Deployed = {
  /** How many resources CloudFormation says are there. */
  resources: number;
  leftOut: LeftOut[];
  /** The id of the HTTP API. */
  apiId: string;
};

/**
 * Deploys a synthesized stack with the CDK's own command, as it would be deployed to AWS.
 */
export async function deploy(options: {
  url: string;
  assembly: string;
  stackName: string;
  folder: string;
}): Promise<Deployed> {
  const { url, stackName } = options;
  const file = `${stackName}.template.json`;
  const template: Template = JSON.parse(readFileSync(join(options.assembly, file), "utf8"));
  const { template: known, leftOut } = withoutUnknown(template);
  const assembly = join(options.folder, "assembly");
  cpSync(options.assembly, assembly, { recursive: true });
  if (leftOut.length > 0) writeFileSync(join(assembly, file), JSON.stringify(known));
  cdk(url, options.folder, "bootstrap", `aws://${place.account}/${place.region}`);
  cdk(url, options.folder, "deploy", "--app", assembly, "--all", "--require-approval", "never");
  const resources = await deployedResources(url, stackName);
  const broken = resources.filter(({ status }) => status !== "CREATE_COMPLETE");
  if (broken.length > 0) throw new Error(`not deployed: ${broken.map(({ id }) => id).join(", ")}`);
  // The CDK's command adds nothing to the template, so all of it must be there.
  const wanted = Object.keys(known.Resources).length;
  if (resources.length !== wanted) throw new Error(`${resources.length} of ${wanted} resources are deployed`);
  const apiId = resources.find(({ type }) => type === "AWS::ApiGatewayV2::Api")?.physicalId;
  if (!apiId) throw new Error("the stack has no HTTP API");
  return { resources: resources.length, leftOut, apiId };
}

/** Runs the CDK's command in a clean environment. */
function cdk(url: string, folder: string, ...words: string[]): void {
  const command = fileURLToPath(import.meta.resolve("aws-cdk/bin/cdk"));
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words, "--no-notices"], {
    cwd: folder,
    encoding: "utf8",
    timeout: 3 * 60_000,
    env: {
      HOME: folder,
      PATH: [dirname(process.execPath), "/usr/bin", "/bin"].join(":"),
      NO_COLOR: "1",
      CDK_DISABLE_CLI_TELEMETRY: "1",
      AWS_ENDPOINT_URL: url,
      AWS_REGION: place.region,
      AWS_ACCESS_KEY_ID: operator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
    },
  });
  if (status !== 0) throw new Error(`cdk ${words[0]} failed: ${`${stdout}\n${stderr}`.slice(-3_000)}`);
}

const form = { "content-type": "application/x-www-form-urlencoded" };

type Deployment = { id: string; physicalId: string; type: string; status: string };

async function deployedResources(url: string, stackName: string): Promise<Deployment[]> {
  const client = new AwsClient({ ...operator, region: place.region, service: "cloudformation" });
  const body = new URLSearchParams({
    Action: "DescribeStackResources",
    Version: "2010-05-15",
    StackName: stackName,
  });
  const answer = await client.fetch(url, { method: "POST", headers: form, body: body.toString() });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return text
    .split("<member>")
    .slice(1)
    .map((member) => {
      const tag = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(member)?.[1] ?? "";
      return {
        id: tag("LogicalResourceId"),
        physicalId: tag("PhysicalResourceId"),
        type: tag("ResourceType"),
        status: tag("ResourceStatus"),
      };
    });
}
