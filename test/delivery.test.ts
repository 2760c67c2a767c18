import { globSync, readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const Step = v.object({
  uses: v.optional(v.string()),
  run: v.optional(v.string()),
  shell: v.optional(v.string()),
  with: v.optional(v.record(v.string(), v.unknown()), {}),
});
const Permissions = v.record(v.string(), v.string());
const Job = v.object({
  if: v.optional(v.string()),
  needs: v.optional(v.string()),
  environment: v.optional(v.string()),
  concurrency: v.optional(v.object({ group: v.string(), "cancel-in-progress": v.boolean() })),
  "timeout-minutes": v.number(),
  permissions: v.optional(Permissions),
  steps: v.array(Step),
});
const Workflow = v.object({
  on: v.record(v.string(), v.unknown()),
  permissions: Permissions,
  jobs: v.record(v.string(), Job),
});

const text = readFileSync(".github/workflows/deploy.yml", "utf8");
const { on, permissions, jobs } = v.parse(Workflow, parse(text));
const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
const { stages } = JSON.parse(readFileSync("cdk.json", "utf8")).context;
const stepsOf = (name: string) => jobs[name]?.steps ?? [];
const runs = (name: string) =>
  stepsOf(name)
    .flatMap(({ run }) => run ?? [])
    .join("\n");
const takesRole = (name: string) =>
  stepsOf(name).flatMap(({ with: { "role-to-assume": role } }) => role ?? []);
/** The policies in docs/deploy.md, in their order. */
const [diffTrust, deployTrust, diffRights, deployRights] = [
  ...readFileSync("docs/deploy.md", "utf8").matchAll(/```json\n([\s\S]*?)```/g),
].map(([, json = ""]) => JSON.parse(json));

test("there is one workflow, and these tests are about it", () => {
  expect(globSync(".github/workflows/*")).toEqual([".github/workflows/deploy.yml"]);
  expect(Object.keys(jobs)).toEqual(["check", "diff", "deploy"]);
});

test("every change is checked by the command that developers use", () => {
  expect(on).toEqual({ pull_request: null, push: { branches: ["main"] } });
  expect(jobs.check?.if).toBeUndefined();
  expect(runs("check").split("\n")).toEqual(["npm ci", "npm run check"]);
});

test("it names npm scripts and stages that there are", () => {
  const named = [...text.matchAll(/npm run (?:-s )?([a-z]+)/g)].map(([, name = ""]) => name);
  expect(named.toSorted()).toEqual(["check", "deploy", "diff"]);
  for (const name of named) expect(scripts, name).toHaveProperty(name);
  const asked = [...text.matchAll(/--stage ([a-z]+)/g)].map(([, stage = ""]) => stage);
  expect(new Set([...asked, jobs.deploy?.environment])).toEqual(new Set(["prod"]));
  expect(stages).toHaveProperty("prod");
});

describe("nobody's key and nobody else's code", () => {
  test("no secret is named, of GitHub or of AWS", () => {
    expect(text).not.toMatch(/secrets\s*[.[]|access-key|AWS_SECRET|GITHUB_TOKEN|inherit/i);
  });

  test("every action is the commit that was looked at, whatever its tag becomes", () => {
    const lines = text.split("\n").filter((line) => line.includes("uses:"));
    expect(lines.length).toBe(
      Object.values(jobs).flatMap(({ steps }) => steps.filter(({ uses }) => uses)).length,
    );
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const commits = lines.map((line) => line.trim().replace(/^- /, ""));
    expect(new Set(commits).size).toBe(3);
  });

  test("a pull request never runs with the rights of main, nor puts its own words into a script", () => {
    expect(on).not.toHaveProperty("pull_request_target");
    for (const { steps } of Object.values(jobs))
      for (const { run = "" } of steps) expect(run).not.toContain("${{");
  });

  test("only jobs that take a role may prove who they are, and no job may write", () => {
    expect(permissions).toEqual({ contents: "read" });
    expect(takesRole("check")).toEqual([]);
    expect(jobs.check?.permissions).toBeUndefined();
    for (const name of ["diff", "deploy"]) {
      expect(jobs[name]?.permissions, name).toEqual({ contents: "read", "id-token": "write" });
      expect(takesRole(name), name).toHaveLength(1);
    }
  });
});

describe("deploying", () => {
  test("is for what is on main and was checked, under the environment's rules, one at a time", () => {
    const { if: when, needs, environment, concurrency } = jobs.deploy ?? {};
    expect({ when, needs, environment }).toEqual({
      when: "github.event_name == 'push'",
      needs: "check",
      environment: "prod",
    });
    expect(concurrency).toEqual({ group: "deploy-prod", "cancel-in-progress": false });
    expect(runs("deploy")).toBe("npm ci\nnpm run deploy -- --stage prod");
  });

  test("is not what a pull request does, and a fork's is given no role", () => {
    expect(takesRole("diff")).not.toEqual(takesRole("deploy"));
    expect(jobs.diff?.if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
    expect(runs("diff")).not.toMatch(/deploy/);
    // A diff by change set would need the role that deploys.
    expect(runs("diff")).toContain("--method template");
    const shell = stepsOf("diff").find(({ run }) => run?.includes("tee"))?.shell;
    expect(shell, "with pipefail").toBe("bash");
  });
});

describe("the roles of docs/deploy.md", () => {
  const provider = "arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com";

  test.each([
    ["diff", diffTrust, "repo:OWNER/REPOSITORY:pull_request"],
    ["deploy", deployTrust, `repo:OWNER/REPOSITORY:environment:${jobs.deploy?.environment}`],
  ])("%s is taken by this repository's jobs of that kind, and by no other", (_, trust, subject) => {
    expect(trust.Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": subject,
          },
        },
      },
    ]);
  });

  test("a pull request may read the template and nothing else, a deployment takes CDK's own roles and nothing else", () => {
    const actions = ({ Statement }: { Statement: { Action: string[]; Resource: string[] }[] }) =>
      Statement.map(({ Action, Resource }) => [Action, Resource]);
    expect(actions(diffRights)).toEqual([
      [
        ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
        ["arn:aws:cloudformation:REGION:ACCOUNT:stack/latchkey-prod/*"],
      ],
    ]);
    expect(actions(deployRights)).toEqual([
      [
        ["sts:AssumeRole"],
        ["deploy", "file-publishing", "lookup"].map(
          (role) => `arn:aws:iam::ACCOUNT:role/cdk-hnb659fds-${role}-role-ACCOUNT-REGION`,
        ),
      ],
    ]);
  });
});
