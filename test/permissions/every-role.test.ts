import { DeleteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, onTestFinished, test } from "vitest";
import { readAssembly } from "../../local/assembly.ts";
import { VirtualClock } from "../../local/clock.ts";
import { serve } from "../../local/serve.ts";
import { assemblyFolder } from "../support/assembly.ts";
import { policyWith } from "../support/company-story.ts";
import { all } from "../support/deployed-stack.ts";
import { InProcessHost } from "../support/in-process-host.ts";
import { PermissionUses, problemsOf } from "../support/permission-uses.ts";

test("no role of the stack gets past the check: each is refused what its policies do not name", async () => {
  const refusals: string[] = [];
  const clock = new VirtualClock(0);
  const { runtime, stop } = await serve({
    clock,
    port: 0,
    awsPort: 0,
    policy: policyWith(),
    assembly: readAssembly(assemblyFolder),
    functionHost: new InProcessHost(clock),
    onRefusal: (message) => refusals.push(message),
  });
  onTestFinished(stop);
  const names = all("AWS::IAM::Role").map(
    ({ properties, id }) => properties.RoleName ?? `latchkey-local-${id}`,
  );
  expect(names.length).toBeGreaterThan(17);
  for (const name of names) {
    const credentials = { accessKeyId: name, secretAccessKey: "any", sessionToken: "work" };
    const client = new DynamoDBClient({ endpoint: runtime.awsUrl, region: "eu-west-1", credentials });
    const Key = { requestId: { S: "10012-1" }, sequence: { N: "1" } };
    const call = client.send(new DeleteItemCommand({ TableName: "latchkey-local-audit", Key }));
    await expect(call, name).rejects.toMatchObject({ name: "AccessDeniedException" });
    client.destroy();
  }
  expect(refusals).toHaveLength(names.length);
});

test("the report finds a grant that nobody needs, and a reason that is none any more", () => {
  const arn = (resource: string) => `arn:aws:sqs:eu-west-1:000000000000:latchkey-local-${resource}`;
  const uses = new PermissionUses();
  uses.add([
    { role: "latchkey-local-sweep", action: "sqs:SendMessage", resource: arn("issues"), calls: 0 },
    { role: "latchkey-local-sweep", action: "sqs:GetQueueUrl", resource: arn("issues"), calls: 0 },
    { role: "latchkey-local-sweep", action: "sqs:PurgeQueue", resource: arn("issues"), calls: 1 },
  ]);
  uses.add([{ role: "latchkey-local-sweep", action: "sqs:SendMessage", resource: arn("issues"), calls: 2 }]);
  const because = { roles: ["sweep"], resource: /^issues$/, why: "a reason", see: "a page" };
  expect(problemsOf(uses.all(), [])).toEqual({
    unexplained: ["sweep: sqs:GetQueueUrl issues"],
    explainedButUsed: [],
    explainedButNotGranted: [],
  });
  const actions = ["sqs:GetQueueUrl", "sqs:PurgeQueue", "sqs:DeleteQueue"];
  expect(problemsOf(uses.all(), [{ ...because, actions }])).toEqual({
    unexplained: [],
    explainedButUsed: ["sweep: sqs:PurgeQueue issues"],
    explainedButNotGranted: ["sweep: sqs:DeleteQueue"],
  });
});
