import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');

test('docs/configuration.md lists every section of the configuration, and no other', () => {
  const { properties } = JSON.parse(read('config.schema.json')) as { properties: object };
  const docs = read('configuration.md');
  const table = docs.slice(docs.indexOf('## Sections'), docs.indexOf('Settings that no other page has'));
  const listed = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
  const sections = Object.keys(properties).filter((name) => name !== '$schema');
  expect(listed.toSorted()).toEqual(sections.toSorted());
});
