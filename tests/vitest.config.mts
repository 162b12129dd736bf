import { defineConfig } from "vitest/config";

// Run by scripts/test, one folder at a time (--dir support, integration, e2e). Real processes on two
// cores: few files at once, and patience instead of retries.
export default defineConfig({
  test: {
    environment: "node",
    include: ["**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
    env: { TZ: "UTC" },
  },
});
