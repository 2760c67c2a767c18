import { defineConfig } from "vitest/config";

/** What runs against every mutant: the tests in memory of the code that decides access. They need no synthesized stack. */
export default defineConfig({
  test: {
    include: [
      "test/unit/{approvals,audit,grants,policy,requests,webhooks}/*.test.ts",
      "test/functions/receive-webhook.test.ts",
    ],
  },
});
