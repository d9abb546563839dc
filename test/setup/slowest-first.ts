import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The slowest files, the slowest first. */
const SLOWEST = ['doors/doors', 'faults/leak', 'cli/shutdown', 'cli/cli', 'http/slow', 'trpc/official'];

function rankOf({ moduleId }: TestSpecification): number {
  const index = SLOWEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return index === -1 ? SLOWEST.length : index;
}

/**
 * Starts the slowest files first, because a slow file that starts last runs alone at the end. Vitest knows durations only from earlier runs on
 * the same machine, which CI does not have.
 */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- not a method of an array
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
