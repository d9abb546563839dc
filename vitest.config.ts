import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { PROJECTS } from './test/setup/projects.ts';
import { SlowestFirst } from './test/setup/slowest-first.ts';

type TestOptions = NonNullable<TestProjectInlineConfiguration['test']>;

const SETUP = ['test/setup/native-modules.ts', 'test/setup/empty-environment.ts', 'test/setup/clean-process.ts'];

function project(name: keyof typeof PROJECTS, overrides: TestOptions = {}): TestProjectInlineConfiguration {
  const { include, exclude } = PROJECTS[name];
  const test: TestOptions = {
    name,
    include: [...include],
    exclude: ['**/node_modules/**', ...exclude],
    setupFiles: SETUP,
    // On an idle machine no test takes five seconds. This limit only ends tests that hang.
    testTimeout: 40_000,
    // Concurrent tests mostly wait, so many of them can share one worker.
    maxConcurrency: 16,
    // Files share a worker and its modules. Importing the gateway anew for each file would take a quarter of the whole time, and its code
    // would be compiled again. A file must leave nothing behind in the process: `test/setup/clean-process.ts` checks it.
    isolate: false,
    // Node imports the modules itself: it strips types in a quarter of the time, and code of one module calls that of another directly.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    hookTimeout: 40_000,
    ...overrides,
  };
  return { test };
}

export default defineConfig({
  test: {
    projects: [
      project('unit', {
        setupFiles: [...SETUP, 'test/setup/no-sockets.ts'],
        typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
      }),
      project('doors'),
      project('faults'),
      project('browser', { sequence: { groupOrder: 1 }, globalSetup: ['test/setup/dashboard.ts'] }),
      // Few files with large packages of their own, which look for one another's globals.
      project('clients', { isolate: true }),
    ],
    globalSetup: ['test/setup/compiled.ts'],
    reporters: ['default', './test/setup/closing-line.ts'],
    // By default Vitest keeps one core free, half of a machine with two. Many tests only wait for processes and timers.
    maxWorkers: Math.max(2, availableParallelism()),
    sequence: { sequencer: SlowestFirst },
  },
});
