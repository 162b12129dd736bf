import { defineConfig } from "vitest/config";

// Run by scripts/test, one suite at a time (--project integration, --project 'e2e*'). Real processes on two
// cores: few files at once, and patience.
interface How {
  exclude?: string[];
  maxWorkers: number;
  groupOrder: number;
}
const project = (name: string, include: string[], { exclude = [], maxWorkers, groupOrder }: How) => ({
  test: {
    name, include, exclude, environment: "node", pool: "forks", maxWorkers, sequence: { groupOrder },
    testTimeout: 180_000, hookTimeout: 180_000, teardownTimeout: 30_000, env: { TZ: "UTC" },
  } as const,
});

// A browser that plays footage decodes it in software, and what it can show depends on what else the machine does.
// These play little or nothing and go two at a time; every other file of e2e has the machine to itself.
const still = ["account", "away", "guests", "openid", "pages", "people"].map((name) => `e2e/${name}.test.ts`);

export default defineConfig({
  test: {
    projects: [
      ...["support", "integration", "security"].map((name) => project(name, [`${name}/*.test.ts`], { maxWorkers: 2, groupOrder: 0 })),
      project("e2e still", still, { maxWorkers: 2, groupOrder: 0 }),
      project("e2e playing", ["e2e/*.test.ts"], { exclude: still, maxWorkers: 1, groupOrder: 1 }),
    ],
  },
});
