import { describe, expect, test } from "vitest";
import { fieldIds } from "../../../local/world/jira/fields.ts";
import { openStory, option, policyWith } from "../../support/company-story.ts";

describe("something else than the catalog has", () => {
  test("goes to people with what comes nearest, and gives nothing", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.somethingElse, {
      fields: { [fieldIds.other]: "Git hub, for the robots" },
    });
    expect(await story.statusOf(key)).toBe("triage");
    const [internal, told] = await story.comments(key);
    expect(internal).toMatchObject({ public: false, text: expect.stringContaining("GitHub: Developer") });
    expect(told).toMatchObject({ public: true, text: expect.stringContaining("Somebody will look at it") });
    expect(await story.actions(id)).toEqual(["request.opened", "request.refused", "ticket.told"]);
    expect((await story.executions())[0]?.status).toBe("SUCCEEDED");
  });

  test("becomes an ordinary request when an agent chooses an entry and starts it again", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.somethingElse);
    const chosen = { [fieldIds.application]: { id: "10101", child: { id: option.githubDeveloper } } };
    await story.call("leila.haddad", "PUT", `/rest/api/3/issue/${key}`, { fields: chosen });
    await story.settle();
    expect(await story.statusOf(key)).toBe("triage");
    await story.move("leila.haddad", key, "startAgain");
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await story.decide("jonas.bergmann", key, "approve")).toBe(200);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
    expect((await story.stored(id)).generation).toBe(2);
  });
});

test("what a form does not offer cannot be asked for on it, however the ticket came to name it", async () => {
  const story = await openStory({
    policy: policyWith(({ catalog }) => {
      catalog.catalogs = [{ id: "harmless", requestTypes: ["25"], when: { not: { application: ["aws"] } } }];
    }),
  });
  const shown = await story.request("alice.moreau", option.githubDeveloper);
  expect(await story.statusOf(shown.key)).toBe("waitingForApproval");
  const hidden = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
  expect(await story.statusOf(hidden.key)).toBe("closed");
});
