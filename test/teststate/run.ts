import { SFNClient } from "@aws-sdk/client-sfn";
import { Command } from "commander";
import { askAws } from "./ask-aws.ts";
import { cases } from "./cases.ts";

// `npm run test:teststate`: every state of both state machines at AWS itself, which needs an account. Ends with 2 without one.

const program = new Command("npm run test:teststate --")
  .description("Has AWS's TestState run every state of the state machines, and compares it with our engine.")
  .argument("[states...]", "only the states of these names")
  .option(
    "--role <arn>",
    "an execution role to name in each call; all tasks are mocked, so that none is needed",
  )
  .parse();
const { role } = program.opts<{ role?: string }>();
const chosen = cases.filter(({ state }) => program.args.length === 0 || program.args.includes(state));
if (chosen.length === 0) program.error("error: no state has that name", { exitCode: 2 });

// AWS serves TestState at `sync-states…`; no such name leads to an endpoint of one's own.
const disableHostPrefix = process.env.AWS_ENDPOINT_URL_SFN !== undefined;
const client = new SFNClient({ maxAttempts: 10, disableHostPrefix });
try {
  await client.config.region();
  await client.config.credentials();
  process.exitCode = (await askAws(client, chosen, role)) ? 0 : 1;
} catch (error) {
  console.log(
    "AWS could NOT be asked. This needs an AWS account: a region (AWS_REGION) and credentials, as the AWS CLI takes them,",
  );
  console.log(
    "of somebody who may call states:TestState. Nothing is created or changed there. What went wrong:",
  );
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  process.exit(2);
}
