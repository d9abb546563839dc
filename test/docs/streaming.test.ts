import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BREAKS, JSON_SPILLS, JSON_WHOLES, SPILLS, STREAM_SPILLS, WHOLES } from '../doors/cases.ts';

const root = join(import.meta.dirname, '..', '..');
const document = readFileSync(join(root, 'docs', 'streaming.md'), 'utf8');

/** The tables below a heading, each as rows of cells, without their header rows. */
function tablesBelow(heading: string): string[][][] {
  const section = document.split('\n## ').find((each) => each.startsWith(heading)) ?? '';
  return section
    .split('\n\n')
    .filter((block) => block.startsWith('| '))
    .map((table) =>
      table
        .trim()
        .split('\n')
        .slice(2)
        .map((line) =>
          line
            .slice(1, -1)
            .split('|')
            .map((cell) => cell.trim()),
        ),
    );
}

/** A case's row: what the provider sends, and the id of the fault that it covers. */
function rowOf(name: string): string[] {
  const [, fault = '', what = name] = /^([A-Z]{2}-\d\d) (.*)$/.exec(name) ?? [];
  return [what, fault];
}

const rowsOf = (cases: object): string[][] => Object.keys(cases).map(rowOf);

test('docs/streaming.md lists every tested case before the first token', () => {
  expect(tablesBelow('Before the first token')).toEqual([SPILLS, STREAM_SPILLS, JSON_SPILLS].map(rowsOf));
});

test('docs/streaming.md lists every tested case after the first token, with its error code', () => {
  const rows = Object.entries(BREAKS).map(([name, { code }]) => [...rowOf(name), `\`${code}\``]);
  expect(tablesBelow('After the first token')).toEqual([rows]);
});

test('docs/streaming.md lists every tested form of a complete answer', () => {
  expect(tablesBelow('Complete answers in any form')).toEqual([WHOLES, JSON_WHOLES].map(rowsOf));
});

test('docs/streaming.md and docs/limits.md name exactly the fault ids of test titles', () => {
  const cases = [SPILLS, STREAM_SPILLS, JSON_SPILLS, BREAKS, WHOLES, JSON_WHOLES].flatMap(Object.keys).map(rowOf);
  const limits = readFileSync(join(root, 'docs', 'limits.md'), 'utf8');
  const named = new Set((document + limits).match(/\b(?:CH|ST|AB|BP)-\d\d\b/g));
  const files = globSync('test/{faults,http,sse}/**/*.test.ts', { cwd: root });
  const titles = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8').match(
      /(?<=(?:test|describe)(?:\.\w+)*\b[^\n]*['"`][^'"`\n]*)\b(?:CH|ST|AB|BP)-\d\d\b/g,
    ),
  );
  const tested = new Set([...titles.filter((id) => id !== null), ...cases.map(([, fault]) => fault ?? '')]);
  tested.delete('');
  expect([...named].toSorted()).toEqual([...tested].toSorted());
});
