import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS, GatewayError } from '../../src/domain/errors.ts';

const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8');

test('docs/errors.md lists every code with its status, and no other code', () => {
  const documented = [...docs.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);
  expect(Object.fromEntries(documented)).toEqual(
    Object.fromEntries(Object.entries(ERRORS).map(([code, { status }]) => [code, status])),
  );
});

test('any other error becomes an internal error that shows nothing of it', () => {
  const error = GatewayError.from(new Error('password=hunter2'));
  expect([error.code, error.status, JSON.stringify(error.wire)]).toEqual([
    'internal_error',
    500,
    expect.not.stringContaining('hunter2'),
  ]);
  const own = new GatewayError('not_found', { message: 'x' });
  expect(GatewayError.from(new Error('wrapped', { cause: own }))).toBe(own);
});
