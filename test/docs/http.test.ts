import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { maxRequestsWithin, memoryLimit } from '../../src/config/max-requests.ts';
import { server } from '../../src/config/server-schema.ts';
import { serverSettings } from '../../src/config/server-settings.ts';
import { duration, size } from '../../src/config/units.ts';

const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'http.md'), 'utf8');
const rows = [...docs.matchAll(/^\| `(\w+)` \| `?([^`|]*?)`? \|/gm)].map(
  ([, key = '', value = '']) => [key, value] as const,
);

function read(value: string): unknown {
  if (value.endsWith('mb')) return size.parse(value);
  return /^\d+s$/.test(value) ? duration.parse(value) : value;
}

test('docs/http.md lists every server setting, and no other', () => {
  expect(rows.map(([key]) => key).toSorted()).toEqual(Object.keys(server.shape).toSorted());
});

test('docs/http.md lists the default of every server setting', () => {
  const { origins, jsonLimits, maxBodyMemory, maxRequests, publicUrl, ...settings } = serverSettings({});
  expect([origins, publicUrl]).toEqual([[], undefined]);
  const documented = Object.fromEntries(
    rows
      .filter(([key]) => !['cors', 'jsonLimits', 'maxBodyMemory', 'maxRequests', 'publicUrl'].includes(key))
      .map(([key, value]) => [key, read(value)]),
  );
  const limits = [...docs.matchAll(/^\| `\.(\w+)` \| ([\d,]+) \|/gm)].map(([, key = '', value = '']) => [
    key,
    Number(value.replaceAll(',', '')),
  ]);
  expect(Object.fromEntries(limits)).toEqual(jsonLimits);
  expect(maxBodyMemory).toBe(getHeapStatistics().heap_size_limit / 4);
  expect(Object.fromEntries(rows)['maxRequests']).toBe('auto');
  expect(maxRequests).toBe(maxRequestsWithin(memoryLimit()));
  expect(documented).toEqual({
    ...settings,
    port: String(settings.port),
    trustProxy: String(settings.trustProxy),
    basePath: settings.basePath || 'none',
    dashboard: String(settings.dashboard),
    readyWhenFull: String(settings.readyWhenFull),
    workers: String(settings.workers),
  });
});
