import * as v from "valibot";
import type { HttpClient } from "../http/client.ts";
import { read } from "../http/json.ts";

const Raised = v.object({ issueId: v.string() });

/** Jira's service desk, as whoever asks something of it sees it. */
export class ServiceDesk {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /**
   * Makes a request and gives the issue's id. The request type's form must have no other field that has to be filled in than
   * those that are given.
   *
   * @param onBehalfOf account id of the customer whose request it is; Latchkey's own if undefined
   */
  async raise(
    { serviceDesk, requestType }: { serviceDesk: string; requestType: string },
    request: { onBehalfOf: string | undefined } & (
      | { summary: string; description: string }
      | { fields: Record<string, unknown> }
    ),
  ): Promise<string> {
    const { onBehalfOf, ...given } = request;
    const answer = await this.#http.call({
      method: "POST",
      path: "/rest/servicedeskapi/request",
      body: {
        serviceDeskId: serviceDesk,
        requestTypeId: requestType,
        requestFieldValues: "fields" in given ? given.fields : given,
        ...(onBehalfOf === undefined ? {} : { raiseOnBehalfOf: onBehalfOf }),
      },
    });
    return read(answer, "new request", Raised).issueId;
  }
}
