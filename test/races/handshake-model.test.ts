import { describe, expect, test } from "vitest";
import { explore, variants } from "./handshake-model.ts";

describe("of every order in which token, decision, redelivery, crash and sweep can come", () => {
  test.each([variants.drop, variants.again, variants.readBefore])(
    "some lose the decision with “$name”, also when nobody dies",
    (variant) => {
      expect(explore(variant, 0).lost).toBeGreaterThan(0);
      expect(explore(variant, 3).lost).toBeGreaterThan(explore(variant, 0).lost);
    },
  );

  test("none loses it with the handshake, as long as Jira delivers more often than somebody dies", () => {
    for (const crashes of [0, 1, 2]) expect(explore(variants.handshake, crashes)).toMatchObject({ lost: 0 });
    expect(explore(variants.handshake, 3).lost).toBeGreaterThan(0);
  });

  test("none loses it with the handshake and the sweeper, and from nowhere is there no way on", () => {
    for (const crashes of [0, 1, 2, 3])
      expect(explore(variants.latchkey, crashes)).toMatchObject({ lost: 0, hopeless: 0 });
  });
});
