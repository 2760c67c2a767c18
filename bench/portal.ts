import * as v from "valibot";
import { people } from "../local/world/company.ts";
import { fieldIds } from "../local/world/jira/fields.ts";
import { applicationOptions, durationOptions } from "../local/world/jira/form.ts";
import { statusIds } from "../local/world/jira/workflow.ts";

export type Asked = { login: string; application: string; entitlement: string; duration: string };

const Created = v.object({ issueKey: v.string() });
const Approvals = v.object({
  values: v.array(
    v.object({
      id: v.string(),
      finalDecision: v.string(),
      approvers: v.array(v.object({ approver: v.object({ accountId: v.string() }) })),
    }),
  ),
});
const Issue = v.object({ fields: v.object({ status: v.object({ id: v.string() }) }) });

/** Somebody who sees every ticket of the simulated site. */
const agent = "nadia.rahman";

/** What people do on the simulated Jira's portal, by its own API. */
export class Portal {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Asks for access, and gives the ticket's key. */
  async ask({ login, application, entitlement, duration }: Asked): Promise<string> {
    const option = applicationOptions[application];
    const answer = await this.#call(emailOf(login), "POST", "/rest/servicedeskapi/request", {
      serviceDeskId: "1",
      requestTypeId: "25",
      requestFieldValues: {
        [fieldIds.summary]: "Access, please",
        [fieldIds.application]: { id: option?.id, child: { id: option?.entitlements[entitlement] } },
        [fieldIds.duration]: { id: durationOptions[duration] },
        [fieldIds.reason]: "For my work",
      },
    });
    return v.parse(Created, answer).issueKey;
  }

  /** Asks for something that is no access, and gives the ticket's key. */
  async askFor(login: string, requestTypeId: string, fields: object = {}): Promise<string> {
    const answer = await this.#call(emailOf(login), "POST", "/rest/servicedeskapi/request", {
      serviceDeskId: "1",
      requestTypeId,
      requestFieldValues: { [fieldIds.summary]: "Please help", ...fields },
    });
    return v.parse(Created, answer).issueKey;
  }

  /** One of those who are asked for approval approves. */
  async approve(key: string): Promise<void> {
    const path = `/rest/servicedeskapi/request/${key}/approval`;
    const { values } = v.parse(Approvals, await this.#call(emailOf(agent), "GET", path));
    const pending = values.find(({ finalDecision }) => finalDecision === "pending");
    const asked = pending?.approvers[0]?.approver.accountId;
    const approver = people.find(({ accountId }) => accountId === asked);
    if (!pending || !approver) throw new Error(`Nobody is asked to approve ${key}.`);
    await this.#call(approver.email, "POST", `${path}/${pending.id}`, { decision: "approve" });
  }

  async isGranted(key: string): Promise<boolean> {
    return (await this.#statusOf(key)) === statusIds.granted;
  }

  async isDone(key: string): Promise<boolean> {
    return (await this.#statusOf(key)) === statusIds.done;
  }

  async #statusOf(key: string): Promise<string> {
    const answer = await this.#call(emailOf(agent), "GET", `/rest/api/3/issue/${key}?fields=status`);
    return v.parse(Issue, answer).fields.status.id;
  }

  async #call(email: string, method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${email}:any`).toString("base64")}`,
        accept: "application/json",
        "content-type": "application/json",
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}

function emailOf(login: string): string {
  const person = people.find(({ email }) => email.startsWith(`${login}@`));
  if (!person) throw new Error(`Nobody is called ${login}.`);
  return person.email;
}
