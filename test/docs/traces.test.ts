import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfigText } from '../../src/config/load.ts';

const DOCS = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'traces.md'), 'utf8');

test('the configuration that docs/traces.md begins with is valid', () => {
  const [, yaml = ''] = /^```yaml\n([^]*?)```/m.exec(DOCS) ?? [];
  const result = parseConfigText(yaml, { GROQ_API_KEY: 'gsk-0123456789' });
  expect(result.ok && result.config.traces).toMatchObject({ sample: 0.1 });
});

test('docs/traces.md lists every setting', () => {
  const { properties } = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'config.schema.json'), 'utf8'),
  ) as { properties: { traces: { properties: object } } };
  const listed = [...DOCS.matchAll(/^\| `traces\.(\w+)` \|/gm)].map(([, name = '']) => name);
  expect(listed.toSorted()).toEqual(Object.keys(properties.traces.properties).toSorted());
});
