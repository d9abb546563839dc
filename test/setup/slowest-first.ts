import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, the longest first. */
const SLOWEST = ['doors/doors', 'faults/leak', 'cli/shutdown', 'cli/cli', 'http/slow', 'trpc/official'];

function rankOf({ moduleId }: TestSpecification): number {
  const index = SLOWEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return index === -1 ? SLOWEST.length : index;
}

/**
 * Begins with the files that are known to take longest: one of them that begins last is waited for alone. Vitest knows by itself only where
 * it has run before, which in CI it has not.
 */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array's
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
