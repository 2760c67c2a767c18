import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { callerIdentity } from "../../cli/invoke.ts";
import { openStory, policyWith } from "../support/company-story.ts";
import { policyFolder, type } from "./support.ts";

test("what the policy leaves to two people is proposed by one, and comes into force by another", async () => {
  const story = await openStory({
    policy: policyWith(({ policy }) => {
      policy.secondPerson = { tags: ["sensitive"] };
    }),
  });
  const at = (...args: string[]) => type("--endpoint", story.runtime.awsUrl, ...args);
  const folder = policyFolder([
    "policy.yaml",
    "expiresAfter: 7d",
    "expiresAfter: 9d\nsecondPerson: { tags: [sensitive] }",
  ]);
  expect((await at("plan", "--policy", folder)).out).toContain(
    "A second person has to apply this too: policy.expiresAfter.\n",
  );
  const proposed = await at("--as", "alice", "apply", "--policy", folder);
  expect(proposed).toMatchObject({ code: 0, err: "" });
  expect(proposed.out).toContain(
    "Proposed; nothing is in force yet. A second person is needed for: policy.expiresAfter.\n",
  );
  expect(proposed.out).toContain("somebody else than alice runs “latchkey apply” with the same files");
  expect((await at("plan", "--policy", folder)).out).toContain("alice proposed something at ");
  expect((await at("--as", "alice", "apply", "--policy", folder)).out).toContain("Proposed;");
  expect((await story.operator.policies.latest())?.version).toBe(1);
  expect((await at("--as", "bob", "apply", "--policy", folder)).out).toContain(
    "Policy version 2 is in force",
  );
  const { out } = await at("audit", "show", "policy");
  expect(out).toContain("alice proposed a policy in place of version 1: policy.expiresAfter.");
  expect(out).toContain("Policy version 2 came into force, by alice, bob.");
  expect(out).toContain("The chain of 3 entries is whole.");
});

test("who somebody is, AWS says", async () => {
  const asked: { body: string; authorization: string | undefined }[] = [];
  let answer =
    "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/alice</Arn></GetCallerIdentityResult>";
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (data: Buffer) => {
      body += data.toString();
    });
    request.on("end", () => {
      asked.push({ body, authorization: request.headers.authorization });
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const config = {
    region: async () => "eu-west-1",
    credentials: async () => ({ accessKeyId: "key", secretAccessKey: "secret" }),
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  expect(await callerIdentity(config)).toBe("arn:aws:iam::123456789012:user/alice");
  expect(asked[0]?.body).toBe("Action=GetCallerIdentity&Version=2011-06-15");
  expect(asked[0]?.authorization).toContain("/eu-west-1/sts/aws4_request");
  answer = "<ErrorResponse/>";
  await expect(callerIdentity(config)).rejects.toThrow("AWS does not say who you are");
});
