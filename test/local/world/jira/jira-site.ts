import { afterEach } from "vitest";
import { VirtualClock } from "../../../../local/clock.ts";
import { Store } from "../../../../local/store.ts";
import { keys, people } from "../../../../local/world/company.ts";
import { fieldIds } from "../../../../local/world/jira/fields.ts";
import { applicationOptions, durationOptions } from "../../../../local/world/jira/form.ts";
import { startJira } from "../../../../local/world/jira/start-jira.ts";

export const startOfTime = Date.UTC(2026, 0, 5, 9);

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Ends with the test. */
export function atEnd(close: () => Promise<void>): void {
  closing.push(close);
}

export type Answer = { status: number; body: unknown; headers: Headers };

/**
 * The part of parsed JSON that a path leads to, such as `values.0.id`. In a list, `-1` is the last element, `*` every
 * one, and `id=7` the one with that property.
 */
export function read(json: unknown, path: string): unknown {
  const [step = "", ...rest] = path.split(".");
  if (step === "") return json;
  const further = rest.join(".");
  if (Array.isArray(json)) {
    const list: unknown[] = json;
    const [name = "", wanted] = step.split("=");
    if (step === "*") return list.map((element) => read(element, further));
    if (wanted !== undefined)
      return read(
        list.find((element) => read(element, name) === wanted),
        further,
      );
    return read(list.at(Number(step)), further);
  }
  if (typeof json !== "object" || json === null) return undefined;
  return read(new Map<string, unknown>(Object.entries(json)).get(step), further);
}

/** The text that a path leads to. */
export function textAt(json: unknown, path: string): string {
  const text = read(json, path);
  if (typeof text !== "string") throw new Error(`no text at ${path} in ${JSON.stringify(json)}`);
  return text;
}

/** Somebody who calls the site. */
export class Caller {
  readonly #url: string;
  readonly #authorization: string | undefined;

  constructor(url: string, authorization?: string) {
    this.#url = url;
    this.#authorization = authorization;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(this.#authorization ? { authorization: this.#authorization } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
      headers: response.headers,
    };
  }

  get = (path: string, headers?: Record<string, string>) => this.call("GET", path, undefined, headers);
  post = (path: string, body: unknown) => this.call("POST", path, body);
  put = (path: string, body: unknown) => this.call("PUT", path, body);
  delete = (path: string, body?: unknown) => this.call("DELETE", path, body);
}

export const basic = (email: string, password = "any") =>
  `Basic ${Buffer.from(`${email}:${password}`).toString("base64")}`;

const person = (login: string) => {
  const found = people.find((one) => one.email.startsWith(`${login}@`));
  if (!found) throw new Error(`nobody is called ${login}`);
  return found;
};
export const accountId = (login: string) => person(login).accountId;

type Options = Partial<Omit<Parameters<typeof startJira>[0], "port" | "clock">>;

/** A site of its own for one test, with a clock that the test moves. */
export async function jiraSite({
  clock = new VirtualClock(startOfTime),
  ...options
}: Options & { clock?: VirtualClock } = {}) {
  const jira = await startJira({ clock, store: options.store ?? new Store(), ...options, port: 0 });
  let open = true;
  const close = async () => {
    if (open) await jira.close();
    open = false;
  };
  atEnd(close);
  const as = (login: string) => new Caller(jira.url, basic(person(login).email));
  const latchkey = new Caller(jira.url, `Bearer ${keys.jiraApiToken}`);
  return { jira, clock, close, as, latchkey, nobody: new Caller(jira.url) };
}

const { GitHub } = applicationOptions;

const accessAnswers = {
  [fieldIds.summary]: "GitHub please",
  [fieldIds.application]: { id: GitHub?.id, child: { id: GitHub?.entitlements.Developer } },
  [fieldIds.duration]: { id: durationOptions["1 day"] },
  [fieldIds.reason]: "I joined the platform team",
};

/** The body of a request for access to GitHub. */
export function accessRequest(changes: Record<string, unknown> = {}, answers: Record<string, unknown> = {}) {
  return {
    serviceDeskId: "1",
    requestTypeId: "25",
    requestFieldValues: { ...accessAnswers, ...answers },
    ...changes,
  };
}

/** Raises a request for access as somebody; its key. */
export async function raise(caller: Caller, answers: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await caller.post("/rest/servicedeskapi/request", accessRequest({}, answers));
  if (status !== 201) throw new Error(JSON.stringify(body));
  return textAt(body, "issueKey");
}

/** Names the approvers and moves the request into the approval status, as Latchkey does; the approval's id. */
export async function askForApproval(latchkey: Caller, key: string, approvers: string[]): Promise<string> {
  await latchkey.put(`/rest/api/3/issue/${key}`, {
    fields: { [fieldIds.approvers]: approvers.map((login) => ({ accountId: accountId(login) })) },
  });
  await latchkey.post(`/rest/api/3/issue/${key}/transitions`, { transition: { id: "11" } });
  const { body } = await latchkey.get(`/rest/servicedeskapi/request/${key}/approval`);
  return textAt(body, "values.-1.id");
}

export async function decide(caller: Caller, key: string, approval: string, decision: "approve" | "decline") {
  return caller.post(`/rest/servicedeskapi/request/${key}/approval/${approval}`, { decision });
}

export async function statusOf(latchkey: Caller, key: string): Promise<string> {
  const { body } = await latchkey.get(`/rest/api/3/issue/${key}?fields=status`);
  return textAt(body, "fields.status.name");
}

export const adf = (text: string) => ({
  type: "doc",
  version: 1,
  content: [{ type: "paragraph", content: [{ type: "text", text }] }],
});
