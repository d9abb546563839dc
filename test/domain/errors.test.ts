import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS, GatewayError } from '../../src/domain/errors.ts';

const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8');

test('every code is documented with its status, and no other one is', () => {
  const documented = [...docs.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);
  expect(Object.fromEntries(documented)).toEqual(
    Object.fromEntries(Object.entries(ERRORS).map(([code, { status }]) => [code, status])),
  );
});

test('what is not ours becomes an internal error that shows nothing of it', () => {
  const error = GatewayError.from(new Error('password=hunter2'));
  expect([error.code, error.status, JSON.stringify(error.wire)]).toEqual([
    'internal_error',
    500,
    expect.not.stringContaining('hunter2'),
  ]);
  const ours = new GatewayError('not_found', { message: 'x' });
  expect(GatewayError.from(new Error('wrapped', { cause: ours }))).toBe(ours);
});
