import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Story } from "../support/company-story.ts";
import type { Canaries } from "./canaries.ts";

/**
 * What Latchkey has to have as it is: ids, statuses, times, what people are found by, and what rules look at. Every other text of an
 * answer is made to hold a canary.
 */
const verbatim = {
  jira: new Set(
    "id key accountId accountType emailAddress timeZone updated created finalDecision approverDecision fieldId from to fromString issueId groupId nextPageToken value name access_token".split(
      " ",
    ),
  ),
  jumpcloud: new Set(
    "_id id email username state type department jobTitle location costCenter employeeType company manager name membershipMethod field operator value start_date scheduled_date access_token userid op description".split(
      " ",
    ),
  ),
};
type System = keyof typeof verbatim;

/** An answer as somebody in between makes it. */
export type Answer = { status: number; headers: Record<string, string>; body: string };
/** What becomes of an answer that was planted; undefined leaves it as it is. */
export type Tamper = (system: System, method: string, path: string, answer: Answer) => Answer | undefined;

/** Every answer that the functions get from Jira and JumpCloud holds canaries from now on: in texts, in members that nobody knows, in headers. */
export async function plantAnswers(
  story: Story,
  canaries: Canaries,
  tamper: Tamper = () => undefined,
): Promise<void> {
  const urls = { jira: story.jira.url, jumpcloud: story.jumpcloud.url };
  const open = async (system: System): Promise<string> => {
    const server = createServer((incoming, outgoing) => {
      void forward(urls[system], incoming).then(
        (answer) => {
          const { method = "GET", url = "/" } = incoming;
          const path = url.replace(/\?.*/, "");
          const planted = withCanaries(system, `${method} ${path}`, answer, canaries);
          const given = tamper(system, method, path, planted) ?? planted;
          outgoing.writeHead(given.status, given.headers);
          outgoing.end(given.body);
        },
        () => outgoing.destroy(),
      );
    });
    return listen(server);
  };
  const [jira, jumpcloud] = [await open("jira"), await open("jumpcloud")];
  Object.assign(story.host.environment, {
    JIRA_URL: jira,
    JIRA_TOKEN_URL: `${jira}/oauth/token`,
    JUMPCLOUD_URL: jumpcloud,
    JUMPCLOUD_TOKEN_URL: `${jumpcloud}/oauth2/token`,
  });
  story.host.forget();
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function forward(to: string, incoming: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { host: _, connection: __, "content-length": ___, ...headers } = incoming.headers;
  const answer = await fetch(to + incoming.url, {
    method: incoming.method ?? "GET",
    headers: headers as Record<string, string>,
    redirect: "manual",
    ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
  });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

function withCanaries(
  system: System,
  call: string,
  { status, headers, body }: Answer,
  canaries: Canaries,
): Answer {
  const what = `${system}: ${call.replaceAll(/[0-9a-f]{24}|\d{3,}/g, "…")} ${status}`;
  const kept = Object.entries(headers).filter(
    ([name]) => !["content-length", "transfer-encoding", "connection"].includes(name),
  );
  return {
    status,
    headers: {
      ...Object.fromEntries(kept),
      server: canaries.at(`${what}, header server`),
      "set-cookie": `session=${canaries.at(`${what}, cookie`)}`,
      "x-arequestid": canaries.at(`${what}, header`),
    },
    body: planted(body, system, what, canaries),
  };
}

function planted(body: string, system: System, what: string, canaries: Canaries): string {
  if (!/^\s*[[{]/.test(body)) return body === "" ? body : body + canaries.at(`${what}, text`);
  return JSON.stringify(walk(JSON.parse(body), []));

  function walk(value: unknown, path: string[]): unknown {
    const place = () => `${what}, ${path.filter((name) => !/^\d+$/.test(name)).join(".")}`;
    if (typeof value === "string") return isVerbatim(path) ? value : `${value} ${canaries.at(place())}`;
    if (Array.isArray(value)) return value.map((one, index) => walk(one, [...path, String(index)]));
    if (value === null || typeof value !== "object") return value;
    const members = Object.entries(value).map(([name, one]) => [name, walk(one, [...path, name])]);
    return { ...Object.fromEntries(members), unknownMember: canaries.at(`${place()} unknown member`) };
  }

  function isVerbatim(path: string[]): boolean {
    const name = path.findLast((one) => !/^\d+$/.test(one)) ?? "";
    // What the form says is planted in the form.
    return verbatim[system].has(name) || path.some((one) => one.startsWith("customfield_"));
  }
}
