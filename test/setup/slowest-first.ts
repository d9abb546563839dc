import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The slowest files, the slowest first. */
const SLOWEST = [
  'store/postgres',
  'cli/log-reader',
  'doors/mounted',
  'doors/doors',
  'package/consumer',
  'cli/shutdown',
  'store/directory',
  'store/records',
  'auth/key-table',
  'cli/keys',
  'cli/reload',
  'http/bodies',
  'doors/pieces',
  'faults/leak',
  'faults/stalling-answers',
  'faults/redaction-matrix',
];
/** The projects in their order. The one with the smallest files is last, so that no worker is busy long after the others. */
const ORDER = ['doors', 'faults', 'unit'];

function rankIn(list: readonly string[], matches: (item: string) => boolean): number {
  const index = list.findIndex(matches);
  return index === -1 ? list.length : index;
}

function ranksOf({ moduleId, project }: TestSpecification): [project: number, file: number] {
  return [
    rankIn(ORDER, (name) => project.name === name),
    rankIn(SLOWEST, (name) => moduleId.endsWith(`/test/${name}.test.ts`)),
  ];
}

/**
 * Runs one project after the other, because a worker takes the next file only if that is of the same project, and ends otherwise. In a project
 * it starts the slowest files first, because a slow file that starts last runs alone at the end. Vitest knows durations only from earlier runs
 * on the same machine, which CI does not have.
 */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- not a method of an array
    const sorted = await super.sort(files);
    return sorted
      .map((file) => ({ file, ranks: ranksOf(file) }))
      .toSorted((a, b) => a.ranks[0] - b.ranks[0] || a.ranks[1] - b.ranks[1])
      .map(({ file }) => file);
  }
}
