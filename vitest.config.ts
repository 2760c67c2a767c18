import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/assembly.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts", "functions/**/*.ts"],
      reporter: ["text-summary", "json-summary", "json"],
      reportsDirectory: "coverage",
    },
  },
});
