import { expect, test } from 'vitest';
import { createActiveConfig } from '../../src/config/active-config.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { fakeClock } from '../helpers/clock.ts';

function parsed(sections: Partial<ConfigInput>) {
  const base = { providers: { a: { baseUrl: 'https://h.example' } }, chains: { c: { entries: ['a/m'] } } };
  return parseConfig({ ...base, ...sections }, {});
}

const sentinel = { name: 'm', hosts: ['h'] };

test.each<[section: string, Partial<ConfigInput>, Partial<ConfigInput>]>([
  ['state', {}, { state: { redis: 'redis://h' } }],
  ['state', { state: { redis: 'redis://:a@h' } }, { state: { redis: 'redis://:b@h' } }],
  ['state', { state: { redis: ['redis://h'] } }, { state: { redis: ['redis://h', 'redis://i'] } }],
  ['state', { state: { redis: { sentinel, password: 'a' } } }, { state: { redis: { sentinel, password: 'b' } } }],
  ['traces', { traces: { url: 'http://h/a' } }, { traces: { url: 'http://h/b' } }],
])('a reload with another %s needs a restart, secrets included', (section, before, after) => {
  const first = parsed(before);
  if (!first.ok) throw new Error(JSON.stringify(first.problems));
  const active = createActiveConfig(first.config, { source: 'test', clock: fakeClock(), keySources: [], secrets: [] });
  active.apply(parsed(before));
  expect(active.status.restart).toEqual([]);
  active.apply(parsed(after));
  expect(active.status.restart).toEqual([section]);
});
