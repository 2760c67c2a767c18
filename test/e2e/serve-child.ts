import { readAssembly } from "../../local/assembly.ts";
import { RunningClock } from "../../local/clock.ts";
import { serve } from "../../local/serve.ts";
import { writeReadyFile } from "../../local/start-options.ts";
import { keys } from "../../local/world/company.ts";
import { readPolicyFiles } from "../../src/policy-files/read-policy-files.ts";
import { assemblyFolder } from "../support/assembly.ts";

// What `npm start` does, with the stack that the tests have synthesized already, in a process that kills itself at a
// given moment of its work: node serve-child.ts STATE MOMENTS --ready-file FILE

const [, , state = "", moments = "", , readyFile = ""] = process.argv;
const policy = readPolicyFiles("policy");
if ("problems" in policy) throw new Error("the example files are wrong");
let left = Number.POSITIVE_INFINITY;
const count = () => {
  left -= 1;
  if (left <= 0) process.kill(process.pid, "SIGKILL");
};
const { runtime, jiraUrl, jumpcloudUrl } = await serve({
  clock: new RunningClock(),
  port: 0,
  awsPort: 0,
  state,
  policy,
  assembly: readAssembly(assemblyFolder),
  onCall: count,
  onEvent: count,
});
left = Number(moments);
const { url, awsUrl } = runtime;
writeReadyFile(readyFile, { url, awsUrl, jiraUrl, jumpcloudUrl, jumpcloudApiKey: keys.jumpcloudApiKey });
