import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { AwsClient } from "aws4fetch";
import { readAssembly } from "../../local/assembly.ts";
import { type MiniStack, operator, place } from "./ministack.ts";

export type Deployed = {
  /** How many resources CloudFormation says are there. */
  resources: number;
  /** The types of those which MiniStack has no equal of, and which do nothing there. */
  byNameOnly: string[];
  /** What AWS calls a resource, by its logical id. */
  physicalIds: Map<string, string>;
};

/**
 * Deploys a synthesized stack with the CDK's own command, as it is and as it would be deployed to AWS.
 *
 * @param folder for what the command writes
 */
export async function deploy({ url, log }: MiniStack, assembly: string, folder: string): Promise<Deployed> {
  const { stackName, template } = readAssembly(assembly);
  cdk(url, folder, "bootstrap", `aws://${place.account}/${place.region}`);
  cdk(url, folder, "deploy", "--app", assembly, "--all", "--require-approval", "never");
  const resources = await deployedResources(url, stackName);
  const broken = resources.filter(({ status }) => status !== "CREATE_COMPLETE");
  if (broken.length > 0) throw new Error(`not deployed: ${broken.map(({ id }) => id).join(", ")}`);
  // The CDK's command adds nothing to the template, so all of it must be there.
  const wanted = Object.keys((template as { Resources: object }).Resources).length;
  if (resources.length !== wanted) throw new Error(`${resources.length} of ${wanted} resources are deployed`);
  const physicalIds = new Map(resources.map(({ id, physicalId }) => [id, physicalId]));
  const byNameOnly = [...readFileSync(log, "utf8").matchAll(/^by name only: (\S+)/gm)].map(
    ([, type = ""]) => type,
  );
  return { resources: resources.length, byNameOnly, physicalIds };
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

/** Takes away what a role may do, as its inline policy gives it. */
export async function takeAway(url: string, role: string, policy: string): Promise<void> {
  await query(url, "iam", {
    Action: "DeleteRolePolicy",
    Version: "2010-05-08",
    RoleName: role,
    PolicyName: policy,
  });
}

type Deployment = { id: string; physicalId: string; status: string };

async function deployedResources(url: string, stackName: string): Promise<Deployment[]> {
  const asked = { Action: "DescribeStackResources", Version: "2010-05-15", StackName: stackName };
  const text = await query(url, "cloudformation", asked);
  return text
    .split("<member>")
    .slice(1)
    .map((member) => {
      const tag = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(member)?.[1] ?? "";
      return {
        id: tag("LogicalResourceId"),
        physicalId: tag("PhysicalResourceId"),
        status: tag("ResourceStatus"),
      };
    });
}

/** Calls one of the services whose protocol is AWS's query protocol, as the operator. */
async function query(url: string, service: string, asked: Record<string, string>): Promise<string> {
  const client = new AwsClient({ ...operator, region: place.region, service });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams(asked).toString();
  const answer = await client.fetch(url, { method: "POST", headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return text;
}
