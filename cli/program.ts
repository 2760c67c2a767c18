import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { exportAudit, verifyAudit } from "./audit-commands.ts";
import { adoptApplication, listCatalog, syncCatalog } from "./catalog-commands.ts";
import { compareTrails } from "./compare-trails.ts";
import { completionHelp, completionScript, type Shell, shells } from "./completion.ts";
import { type Connection, type ConnectionOptions, connect, endpointOf, localEndpoint } from "./connection.ts";
import { writeEvidence } from "./evidence-commands.ts";
import { explain } from "./explain.ts";
import {
  type EndOptions,
  endAllGrants,
  resumeGrants,
  showGrants,
  showViolations,
  stopGrants,
} from "./grant-commands.ts";
import type { Addresses } from "./key-probe.ts";
import { apply, plan } from "./policy-commands.ts";
import type { Output } from "./print.ts";
import { type PublishOptions, publish } from "./publish-command.ts";
import { type ReplayOptions, replay } from "./replay-command.ts";
import { endRequest, retryRequest, showAudit, showRequest } from "./request-commands.ts";
import { retireSecret, rotateSecret, showSecrets } from "./rotate-commands.ts";
import { setSecret } from "./secret-commands.ts";
import { secretNames } from "./secret-values.ts";
import { type SimulateOptions, simulate } from "./simulate-command.ts";

export type Terminal = {
  write(text: string): void;
  writeError(text: string): void;
  /** Whether somebody watches what is written to standard error. */
  isWatched?: boolean;
};

type Options = ConnectionOptions & { json?: boolean };

/** Runs the `latchkey` command. Resolves with its exit code: 0, or 1 when it could not do what it was told. */
export async function latchkey(args: string[], terminal: Terminal): Promise<number> {
  const program = new Command("latchkey")
    .exitOverride()
    .configureOutput({ writeOut: terminal.write, writeErr: terminal.writeError })
    .description("Access automation from Jira Service Management to JumpCloud.")
    .addOption(
      new Option("--stage <name>", "which stack; local is the one of npm start")
        .env("LATCHKEY_STAGE")
        .default("local"),
    )
    .addOption(
      new Option(
        "--endpoint <url>",
        `where AWS answers, if not at AWS (for stage local: ${localEndpoint})`,
      ).argParser(url),
    )
    .option("--region <name>", "AWS region, if not the one that is set for the AWS CLI")
    .addOption(
      new Option("--as <name>", "who you are, on the local runtime; on AWS your AWS identity is").env(
        "LATCHKEY_AS",
      ),
    )
    .option("--json", "print JSON, for machines")
    .addHelpText("after", examples)
    .showHelpAfterError("“latchkey --help” lists what there is.");

  const run = async (work: (connection: Connection, output: Output) => Promise<void>): Promise<void> => {
    const { json, ...options } = program.opts<Options>();
    const progress = progressOn(terminal);
    try {
      await work(connect(options), {
        json: json ?? false,
        write: (text) => {
          progress.erase();
          terminal.write(text);
        },
        progress: progress.show,
      });
    } finally {
      progress.erase();
    }
  };
  addPolicyCommands(program, run);
  addRequestCommands(program, run);
  addGrantCommands(program, run);
  addSecretCommands(program, run);
  program
    .command("completion")
    .description("Print a script that completes this command in your shell.")
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .addHelpText("after", completionHelp)
    .action((shell: Shell) => terminal.write(completionScript(program, shell)));

  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // The command line library has said already what is wrong.
    if (error instanceof CommanderError) return error.exitCode;
    terminal.writeError(`${explain(error, endpointOf(program.opts<Options>()))}\n`);
    return 1;
  }
}

/** One line that changes, for whoever watches. */
function progressOn({ writeError, isWatched }: Terminal): { show(text: string): void; erase(): void } {
  const erase = "\r\u001B[K";
  let isShown = false;
  return {
    show: (text) => {
      if (!isWatched) return;
      isShown = true;
      writeError(`${erase}${text}`);
    },
    erase: () => {
      if (isShown) writeError(erase);
      isShown = false;
    },
  };
}

const examples = `
Examples:
  latchkey plan                             what the files in policy/ would change
  latchkey request show ACC-1               how a request of the local runtime stands
  latchkey --stage prod audit show ACC-1    what happened, on AWS`;

type Run = (work: (connection: Connection, output: Output) => Promise<void>) => Promise<void>;

function addPolicyCommands(program: Command, run: Run): void {
  const folder = [
    "--policy <folder>",
    "folder of site.yaml, policy.yaml and catalog.yaml",
    "policy",
  ] as const;
  program
    .command("plan")
    .description("Show what the policy files would change; changes nothing.")
    .option(...folder)
    .action(({ policy }: { policy: string }) =>
      run((connection, output) => plan(connection, policy, output)),
    );
  program
    .command("apply")
    .description("Bring the policy files into force, all or nothing.")
    .option(...folder)
    .action(({ policy }: { policy: string }) =>
      run((connection, output) => apply(connection, policy, output)),
    );
  program
    .command("simulate")
    .description("Run a request through the policy and say what would come of it; writes nothing.")
    .requiredOption("--requester <email>", "who asks")
    .requiredOption("--entitlement <id>", "for what, such as github/developer")
    .option("--for <email>", "for whom, if not for the requester")
    .option("--duration <length>", "for how long, as the form has it: 4h, or permanent")
    .option("--incident <key>", "an open ticket, to take it in an emergency")
    .option("--policy <folder>", "decide by these files instead of the policy in force")
    .action((options: SimulateOptions) => run((connection, output) => simulate(connection, options, output)));
  program
    .command("replay")
    .description("Run past requests through the policy files, and say which would come out differently.")
    .option(...folder)
    .addOption(new Option("--last <number>", "how many, the newest first").argParser(count).default(50))
    .action((options: ReplayOptions) => run((connection, output) => replay(connection, options, output)));
  const catalog = program.command("catalog").description("What can be asked for.");
  catalog
    .command("list")
    .description("List every entitlement in force, what of it is closed, and what JumpCloud has beside it.")
    .action(() => run(listCatalog));
  catalog
    .command("sync")
    .description("Compare the catalog with JumpCloud now, as happens every six hours.")
    .option("--force", "close what is broken, even if that is a large part of the catalog")
    .action((options: { force?: boolean }) =>
      run((connection, output) => syncCatalog(connection, options, output)),
    );
  catalog
    .command("publish")
    .description("Keep the options of the forms in step with the catalog, and apply it.")
    .option(...folder)
    .option("--dry-run", "say what would change, and change nothing")
    .option("--jira-key <file>", "JSON file with the key of a Jira administrator; - is standard input")
    .addOption(new Option("--jira <url>", "where Jira answers, if not at Atlassian").argParser(url))
    .action((options: PublishOptions) => run((connection, output) => publish(connection, options, output)));
  catalog
    .command("adopt <id>")
    .description("Print an application of JumpCloud as a part of catalog.yaml.")
    .action((id: string) => run((connection, output) => adoptApplication(connection, id, output)));
}

function addRequestCommands(program: Command, run: Run): void {
  const request = program.command("request").description("Requests, by the key of their ticket.");
  request
    .command("show <key>")
    .description("Show how a request stands.")
    .action((key: string) => run((connection, output) => showRequest(connection, key, output)));
  request
    .command("end <key>")
    .description("Take access away before its time.")
    .action((key: string) => run((connection, output) => endRequest(connection, key, output)));
  request
    .command("retry <key>")
    .description("Go on with a request that stopped and needed an operator.")
    .action((key: string) => run((connection, output) => retryRequest(connection, key, output)));
  const audit = program.command("audit").description("What happened, and why.");
  audit
    .command("show <key>")
    .description(
      "Show the audit trail of a request, and whether it is whole; “policy” and “grants” have one too.",
    )
    .action((key: string) => run((connection, output) => showAudit(connection, key, output)));
  audit
    .command("compare")
    .description(
      "Compare every audit trail with its request: after a restore, what happened since; reads both tables.",
    )
    .action(() => run(compareTrails));
  audit
    .command("evidence <key> <file>")
    .description(
      "Write everything that is known of a ticket's requests to a JSON file, and a page to read beside it.",
    )
    .action((key: string, file: string) =>
      run((connection, output) => writeEvidence(connection, key, file, output)),
    );
  audit
    .command("export <file>")
    .description(
      "Write all audit trails and all their anchors to a file, or the entries to one that ends in .csv.",
    )
    .action((file: string) => run((connection, output) => exportAudit(connection, file, output)));
  audit
    .command("verify <file>")
    .description("Check a file that “audit evidence” or “audit export” wrote; asks no other system.")
    .action((file: string) => run((_, output) => verifyAudit(file, output)));
}

function addGrantCommands(program: Command, run: Run): void {
  const grants = program.command("grants").description("Access that people have, and whether more is given.");
  const why = ["--why <text>", "the reason, for the audit trail"] as const;
  grants
    .command("stop")
    .description("Give nobody anything from now on; access still ends.")
    .requiredOption(...why)
    .action((options: { why: string }) =>
      run((connection, output) => stopGrants(connection, options.why, output)),
    );
  grants
    .command("resume")
    .description("Let grants go on.")
    .requiredOption(...why)
    .action((options: { why: string }) =>
      run((connection, output) => resumeGrants(connection, options.why, output)),
    );
  grants
    .command("show")
    .description("Show whether grants are stopped, and since when.")
    .action(() => run(showGrants));
  grants
    .command("violations")
    .description("Show who has what nobody should have together, as it was found last.")
    .action(() => run(showViolations));
  grants
    .command("end")
    .description("Take all access away that somebody has now, or everybody.")
    .option("--user <id>", "whose: JumpCloud user id or Jira account id")
    .option("--application <id>", "to which application")
    .option("--entitlement <id>", "to which entitlement")
    .option("--all", "everybody's access to everything")
    .requiredOption(...why)
    .option("--dry-run", "say what would end, and change nothing")
    .action((options: EndOptions) => run((connection, output) => endAllGrants(connection, options, output)));
}

function addSecretCommands(program: Command, run: Run): void {
  const secret = program.command("secret").description("The keys to Jira and JumpCloud.");
  const addresses = (command: Command) =>
    command
      .addOption(new Option("--jira <url>", "where Jira answers, if not at Atlassian").argParser(url))
      .addOption(new Option("--jumpcloud <url>", "where JumpCloud answers, if not there").argParser(url));
  addresses(secret.command("rotate"))
    .description("Try a new key and put it in; the one before stays good until it is retired.")
    .argument("<name>", secretNames.join(", "))
    .argument("<file>", "JSON file with the value; - is standard input")
    .action((name: string, file: string, options: Addresses) =>
      run((connection, output) => rotateSecret(connection, { name, file, ...options }, output)),
    );
  addresses(secret.command("retire"))
    .description("Try the current key and take out the one before.")
    .argument("<name>", secretNames.join(", "))
    .action((name: string, options: Addresses) =>
      run((connection, output) => retireSecret(connection, { name, ...options }, output)),
    );
  addresses(secret.command("status"))
    .description("Show how old the keys are, and whether they are accepted; no value.")
    .action((options: Addresses) => run((connection, output) => showSecrets(connection, options, output)));
  secret
    .command("set")
    .description("Put a value into one of the stack's secrets.")
    .argument("<name>", secretNames.join(", "))
    .argument("<file>", "JSON file with the value; - is standard input")
    .action((name: string, file: string) =>
      run((connection, output) => setSecret(connection, name, file, output)),
    );
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("Expected a whole number, at least 1.");
  return number;
}

function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError("Expected a URL with http or https.");
  return text;
}
