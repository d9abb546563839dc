import { expect, test } from 'vitest';
import { KeyLabels } from '../../../src/observe/metrics/key-labels.ts';
import { ChainLabels, ClosedLabels } from '../../../src/observe/metrics/labels.ts';
import { TargetLabels } from '../../../src/observe/metrics/target-labels.ts';

const targets = new TargetLabels({
  isConfigured: (provider, model) => provider === 'groq' && model === 'llama',
  hasProvider: (provider) => provider === 'groq' || provider === 'open',
  isHarmless: (text) => !text.startsWith('sk-'),
});
const shown = (provider: string, model: string): string => targets.valuesOf(targets.id(provider, model)).join(' ');

test('a closed label takes what is not in its list as (other)', () => {
  const labels = new ClosedLabels<string>('code', ['ok', 'failed']);
  expect(['ok', 'failed', 'x', '__proto__'].map((value) => labels.valuesOf(labels.id(value))[0])).toEqual([
    'ok',
    'failed',
    '(other)',
    '(other)',
  ]);
});

test('a chain keeps its series after a reload that removes it', () => {
  const configured = new Set(['a']);
  const labels = new ChainLabels((name) => configured.has(name));
  const id = labels.id('a');
  configured.clear();
  expect([labels.id('a'), labels.valuesOf(labels.id('b'))]).toEqual([id, ['(pair)']]);
});

test('models of the configuration have series, and others of a known provider share one', () => {
  expect([shown('groq', 'llama'), shown('groq', 'x'), shown('groq', 'y'), shown('nobody', 'z')]).toEqual([
    'groq llama',
    'groq (other)',
    'groq (other)',
    '(other) (other)',
  ]);
});

test('a model that a client names has a series once it has answered, up to 200 of them, if its name looks like one', () => {
  const before = shown('open', 'model-0');
  const odd = ['x'.repeat(101), 'Tell me a joke', '<img>', 'sk-secret', ''];
  for (const model of odd) targets.answered('open', model);
  for (let n = 0; n < 300; n++) targets.answered('open', `model-${n}`);
  expect([before, shown('open', 'model-0'), shown('open', 'model-199'), shown('open', 'model-200')]).toEqual([
    'open (other)',
    'open model-0',
    'open model-199',
    'open (other)',
  ]);
  expect(odd.map((model) => shown('open', model))).toEqual(odd.map(() => 'open (other)'));
});

test('keys have names, the first ones that are seen, and principals that are no keys have none', () => {
  const known = new Map(['a', 'b', 'c'].map((id) => [id, { tenant: 'acme', name: `key ${id}` }]));
  const labels = new KeyLabels((id) => known.get(id), 2);
  const values = ['user@example.com', 'a', 'b', 'c', 'local', 'anonymous'].map((id) => labels.valuesOf(labels.id(id)));
  expect(values).toEqual([
    ['(other)', '(other)'],
    ['acme', 'key a'],
    ['acme', 'key b'],
    ['(other)', '(other)'],
    ['', 'local'],
    ['', '(none)'],
  ]);
  expect(labels.keyIds).toEqual(['a', 'b']);
});
