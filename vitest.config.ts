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
    // Where nothing else runs no test takes five seconds: only what hangs is ended here.
    testTimeout: 40_000,
    // Tests that only wait, wait together.
    maxConcurrency: 16,
    hookTimeout: 40_000,
  },
});
