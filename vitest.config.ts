import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/assembly.ts"],
    // Vitest would leave one core free, which is half of two.
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Of what runs in this process: bundles in the runtime's workers are not measured.
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts", "functions/**/*.ts"],
      reporter: ["text-summary", "html"],
      thresholds: {
        lines: 97,
        statements: 95,
        functions: 97,
        branches: 86,
        // Where a wrong answer gives somebody access.
        "src/{actions,approvals,catalog,grants,people,policy,requests,webhooks}/**": {
          lines: 98,
          statements: 97,
          functions: 99,
          branches: 92,
        },
      },
    },
  },
});
