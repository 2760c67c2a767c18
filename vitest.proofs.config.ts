import { defineConfig } from "vitest/config";

/** The suites that take too long for every change: `npm run prove` runs them, one by one. */
export default defineConfig({
  test: {
    include: ["test/**/*.proof.ts"],
    globalSetup: ["test/support/assembly.ts"],
    // Vitest would leave one core free, which is half of two.
    maxWorkers: "100%",
    testTimeout: 30 * 60_000,
    hookTimeout: 60_000,
  },
});
