import type { Reporter, TestModule } from 'vitest/node';

/** Prints the totals of a run as its last line, in a form that scripts can parse. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      // A hook that throws fails its suite, whose tests are only reported as skipped.
      for (const suite of [module, ...module.children.allSuites()]) if (suite.errors().length > 0) count.failed++;
      for (const test of module.children.allTests()) count[test.result().state]++;
    }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}
