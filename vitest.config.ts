import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/setup/slowest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup/empty-environment.ts'],
    globalSetup: ['test/setup/compiled.ts'],
    reporters: ['default', './test/setup/closing-line.ts'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
    // Vitest would leave one core to itself, which on two is half of them. Many tests wait for processes and timers.
    maxWorkers: Math.max(2, availableParallelism()),
    sequence: { sequencer: SlowestFirst },
    testTimeout: 20_000,
    // Tests that only wait, wait together.
    maxConcurrency: 16,
    hookTimeout: 20_000,
  },
});
