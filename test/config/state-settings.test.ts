import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import { describeAddress, stateSettings } from '../../src/config/state-settings.ts';
import { viewOf } from '../../src/config/view.ts';
import type { ConfigInput } from '../../src/config/schema.ts';

function parsed(state: ConfigInput['state']) {
  const result = parseConfig(
    { state, providers: { a: { baseUrl: 'https://h.example' } }, chains: { c: { entries: ['a/m'] } } },
    {},
  );
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

const NO_ACCESS = { username: undefined, password: undefined, db: 0, tls: false };

test('without the section the state is kept in memory', () => {
  expect(stateSettings(parsed(undefined))).toBeUndefined();
});

test('has defaults, and takes what is written', () => {
  const settings = stateSettings(parsed({ redis: 'redis://h' }));
  const server = { host: 'h', port: 6379 };
  expect(settings).toEqual({
    address: { kind: 'server', server, access: NO_ACCESS },
    prefix: 'sw',
    timeout: 50,
    lease: 30_000,
    replicas: 1,
    ca: undefined,
  });
  const own = { redis: 'redis://h', prefix: 'a.b-c_d:1', timeout: '1s', lease: '2s', replicas: 1000 };
  expect(stateSettings(parsed(own))).toMatchObject({ prefix: 'a.b-c_d:1', timeout: 1000, lease: 2000, replicas: 1000 });
});

test.each([
  [
    'rediss://us%20er:p%40ss@h:6380/12',
    'rediss://h:6380',
    {
      kind: 'server',
      server: { host: 'h', port: 6380 },
      access: { username: 'us er', password: 'p@ss', db: 12, tls: true },
    },
  ],
  [
    'redis://:p%zz@[::1]',
    'redis://[::1]:6379',
    { kind: 'server', server: { host: '::1', port: 6379 }, access: { ...NO_ACCESS, password: 'p%zz' } },
  ],
  [
    ['redis://a', 'rediss://u:p@b:7000'],
    'rediss://a:6379, rediss://b:7000',
    {
      kind: 'cluster',
      servers: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7000 },
      ],
      access: { username: 'u', password: 'p', db: 0, tls: true },
    },
  ],
  [
    { sentinel: { name: 'm', hosts: ['a', 'redis://:s@b:1'] }, user: 'u', password: 'p', database: 3, tls: true },
    "'m' of the Sentinels a:26379, b:1",
    {
      kind: 'sentinel',
      name: 'm',
      sentinels: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 1 },
      ],
      sentinelAccess: { ...NO_ACCESS, password: 's' },
      access: { username: 'u', password: 'p', db: 3, tls: true },
    },
  ],
])('the address %j', (redis, described, address) => {
  const settings = stateSettings(parsed({ redis }));
  expect(settings?.address).toEqual(address);
  expect(settings && describeAddress(settings.address)).toBe(described);
});

test.each([
  'redis://user:correct%20horse@h',
  ['redis://h', 'redis://:correct%20horse@i'],
  { sentinel: { name: 'm', hosts: ['redis://:correct%20horse@h'] } },
  { sentinel: { name: 'm', hosts: ['h'] }, password: 'correct%20horse' },
])('the password in %j is shown nowhere', (redis) => {
  const config = parsed({ redis });
  const { redact } = toSnapshot(config, [], []);
  expect(redact('got correct%20horse')).toBe('got ***');
  expect(JSON.stringify(viewOf(config, redact))).not.toContain('horse');
});

test('the password is redacted in plain, too', () => {
  const { redact } = toSnapshot(parsed({ redis: 'redis://user:correct%20horse@h' }), [], []);
  expect(redact('got correct horse')).toBe('got ***');
});
