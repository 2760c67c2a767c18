/** One thing that can be repeated without a cloud account, and how. */
export type Proof = {
  name: string;
  /** What it shows, in one sentence. */
  shows: string;
  /** An npm script and its arguments. It ends with 0 only when what it shows is so, and prints its figures. */
  script: string[];
};

export const proofs: Proof[] = [
  { name: "check", shows: "format, lint, types and every test of the product", script: ["check"] },
  {
    name: "bench",
    shows: "sizes, start-up, calls, cost and the storm stay within their limits",
    script: ["bench", "--", "--figures"],
  },
  {
    name: "mutants",
    shows: "nearly every small change of the code that decides access is noticed by a test",
    script: ["test:mutants"],
  },
  {
    name: "permissions",
    shows: "every story stays within the template's roles, and no role may do what nobody needs",
    script: ["proofs", "--", "test/permissions"],
  },
  {
    name: "fuzz",
    shows:
      "hostile deliveries, messages and answers are answered or refused by name, kept only if proven, and cheap",
    script: ["proofs", "--", "test/fuzz"],
  },
  {
    name: "races",
    shows: "no approval is lost and nothing is done twice, in whatever order things happen and whatever dies",
    script: ["proofs", "--", "test/races"],
  },
  {
    name: "deployment",
    shows:
      "a hundred runs that wait while a new version is deployed end as they should, on the graph that they began with",
    script: ["proofs", "--", "test/versions/deployment.proof.ts"],
  },
  {
    name: "faults",
    shows: "whatever two faults meet a request, everything is done once; a hundred runs survive a restart",
    script: ["proofs", "--", "test/faults"],
  },
  {
    name: "engine",
    shows:
      "the template deploys unchanged to another AWS, MiniStack's, and does its main job there under its permission check",
    script: ["test:engine"],
  },
  {
    name: "sweeper",
    shows: "a sweep costs what is due, however much is open",
    script: ["proofs", "--", "test/sweeper"],
  },
  {
    name: "limiter",
    shows:
      "in a storm JumpCloud is called no faster than its pace, refuses once for each halving of it, and nobody is left out",
    script: ["proofs", "--", "test/outside"],
  },
  {
    name: "canaries",
    shows: "nothing that Jira and JumpCloud answer in their bad moments is kept, logged or passed on",
    script: ["proofs", "--", "test/canaries"],
  },
];
