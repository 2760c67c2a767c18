import type { CatalogEntry } from "../catalog/catalog.ts";
import { suggestEntries } from "../catalog/suggest.ts";
import { NotInCatalogError } from "../errors.ts";
import type { RequestType } from "../policy/site.ts";
import { suggestions } from "./comment.ts";
import { readForm } from "./form.ts";
import type { Issue } from "./issue.ts";
import type { Request } from "./request.ts";
import { say } from "./ticket.ts";

type Deps = {
  catalog: { entries(version: number): Promise<CatalogEntry[]> };
  jira: Parameters<typeof say>[0]["jira"];
};

/**
 * What the catalog does not have goes to people, with the entries that come nearest to it. Nothing is ever given by it.
 *
 * @throws NotInCatalogError when the form asks for something else than the catalog has
 */
export async function passOn(
  deps: Deps,
  request: Pick<Request, "requestId" | "issueId">,
  { issue, requestType, version }: { issue: Issue; requestType: RequestType; version: number },
): Promise<void> {
  const { option, other } = readForm(issue, requestType);
  const { otherOption } = requestType;
  if (otherOption === undefined || option !== otherOption) return;
  const near = other === undefined ? [] : suggestEntries(other, await deps.catalog.entries(version));
  await say(deps, request, {
    topic: "suggestions",
    audience: "internal",
    comment: suggestions(
      request.requestId,
      near.map(({ title }) => title),
    ),
  });
  throw new NotInCatalogError();
}
