import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { PROJECTS } from './test/setup/projects.ts';
import { SlowestFirst } from './test/setup/slowest-first.ts';

type Own = NonNullable<TestProjectInlineConfiguration['test']>;

const SETUP = 'test/setup/empty-environment.ts';

function project(name: keyof typeof PROJECTS, own: Own = {}): TestProjectInlineConfiguration {
  const { include, exclude } = PROJECTS[name];
  const test: Own = {
    name,
    include: [...include],
    exclude: ['**/node_modules/**', ...exclude],
    setupFiles: [SETUP],
    // Where nothing else runs no test takes five seconds: only what hangs is ended here.
    testTimeout: 40_000,
    // Tests that only wait, wait together.
    maxConcurrency: 16,
    hookTimeout: 40_000,
    ...own,
  };
  return { test };
}

export default defineConfig({
  test: {
    projects: [
      project('unit', {
        setupFiles: [SETUP, 'test/setup/no-sockets.ts'],
        typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
      }),
      project('doors'),
      project('faults'),
      project('clients'),
    ],
    globalSetup: ['test/setup/compiled.ts'],
    reporters: ['default', './test/setup/closing-line.ts'],
    // Vitest would leave one core to itself, which on two is half of them. Many tests wait for processes and timers.
    maxWorkers: Math.max(2, availableParallelism()),
    sequence: { sequencer: SlowestFirst },
  },
});
