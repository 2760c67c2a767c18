#!/usr/bin/env node
import { Command, Option } from "commander";
import { type ConnectionOptions, connect, localEndpoint } from "./connection.ts";
import { apply, listCatalog, PolicyFilesError, plan } from "./policy-commands.ts";
import type { Output } from "./print.ts";
import { endRequest, retryRequest, showAudit, showRequest } from "./request-commands.ts";
import { secretShapes, setSecret } from "./secret-commands.ts";

const program = new Command("latchkey")
  .description("Access automation from Jira Service Management to JumpCloud")
  .addOption(new Option("--stage <name>", "which stack").env("LATCHKEY_STAGE").default("local"))
  .option("--endpoint <url>", `where AWS answers (for stage local: ${localEndpoint})`)
  .option("--region <name>", "AWS region")
  .option("--json", "print JSON", false)
  .showHelpAfterError();

type Options = ConnectionOptions & { json: boolean };

function run(work: (connection: ReturnType<typeof connect>, output: Output) => Promise<void>): Promise<void> {
  const { json, ...options } = program.opts<Options>();
  return work(connect(options), { json, write: (text) => process.stdout.write(text) });
}

const policyFolder = [
  "--policy <folder>",
  "folder of site.yaml, policy.yaml and catalog.yaml",
  "policy",
] as const;

program
  .command("plan")
  .description("show what the policy files would change")
  .option(...policyFolder)
  .action(({ policy }: { policy: string }) => run((connection, output) => plan(connection, policy, output)));

program
  .command("apply")
  .description("bring the policy files into force")
  .option(...policyFolder)
  .action(({ policy }: { policy: string }) => run((connection, output) => apply(connection, policy, output)));

program
  .command("catalog")
  .description("what can be asked for")
  .command("list")
  .description("list every entitlement in force")
  .action(() => run(listCatalog));

const request = program.command("request").description("requests, by the key of their ticket");
request
  .command("show <key>")
  .description("show how a request stands")
  .action((key: string) => run((connection, output) => showRequest(connection, key, output)));
request
  .command("end <key>")
  .description("end the access before its time")
  .action((key: string) => run((connection, output) => endRequest(connection, key, output)));
request
  .command("retry <key>")
  .description("go on with a request that needed an operator")
  .action((key: string) => run((connection, output) => retryRequest(connection, key, output)));

program
  .command("audit")
  .description("what happened, and why")
  .command("show <key>")
  .description("show the audit trail of a request, and whether it is whole")
  .action((key: string) => run((connection, output) => showAudit(connection, key, output)));

program
  .command("secret")
  .description("keys")
  .command("set <name> <file>")
  .description(
    `put a value into a secret (${Object.keys(secretShapes).join(", ")}); file “-” is standard input`,
  )
  .action((name: string, file: string) =>
    run((connection, output) => setSecret(connection, name, file, output)),
  );

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof PolicyFilesError) process.stderr.write(`${error.message}\nNothing was changed.\n`);
  else process.stderr.write(`latchkey: ${explain(error)}\n`);
  process.exitCode = 1;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ECONNREFUSED")
    return "nothing answers there. Is `npm start` running, or did you mean another --stage or --endpoint?";
  if (error.name === "ResourceNotFoundException")
    return "the stack's tables or secrets are not there. Was the stage deployed, and is this its region?";
  return error.message;
}
