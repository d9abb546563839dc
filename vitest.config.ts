import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup/empty-environment.ts'],
    reporters: ['default', './test/setup/closing-line.ts'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
    testTimeout: 20_000,
    // Tests that only wait, wait together.
    maxConcurrency: 16,
    hookTimeout: 20_000,
  },
});
