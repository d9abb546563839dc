import { describe, expect, test } from 'vitest';
import { KEY_HEADERS } from '../../src/auth/keys.ts';
import type { Operation } from '../../src/domain/operation.ts';
import { OPERATION_NAMES } from '../../src/domain/operation-names.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';
import { appRouter } from '../../src/router/app-router.ts';
import { definitionsOf } from '../../src/router/definitions.ts';

const ROWS: [string, Operation][] = Object.entries(OPERATIONS);

test('the table, its rows and the list of names agree', () => {
  expect(ROWS.map(([name]) => name)).toEqual([...OPERATION_NAMES]);
  for (const [name, operation] of ROWS) expect(operation.name).toBe(name);
});

describe.each(ROWS)('%s', (name, operation) => {
  test('forwards no header that may carry a key, and only lower-case names', () => {
    for (const header of operation.forwardedHeaders) {
      expect(header).toBe(header.toLowerCase());
      expect(KEY_HEADERS).not.toContain(header);
    }
  });

  test('has a procedure that declares it, and a bare stream has an end mark', () => {
    const metas = [...definitionsOf(appRouter).values()].map(({ meta }) => meta);
    expect(metas.some((meta) => meta?.operation === name)).toBe(true);
    if (operation.stream?.events === 'bare') expect(operation.stream.end).toMatch(/^data: .*\n\n$/);
  });

  test('lists its content among the fields that every request has', () => {
    for (const field of operation.contentFields) expect(operation.commonFields.has(field)).toBe(true);
    expect(operation.singleFields).toContain('model');
  });
});
