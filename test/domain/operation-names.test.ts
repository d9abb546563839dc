import { expect, test } from 'vitest';
import { isOfOperators, OPERATION_NAMES } from '../../src/domain/operation-names.ts';
import { appRouter } from '../../src/router/app-router.ts';
import { definitionsOf } from '../../src/router/definitions.ts';

test('every procedure that only viewers or admins may call is of operators, and none that a chain serves', () => {
  const ofOperators = [...definitionsOf(appRouter)].filter(
    ([, { meta }]) => meta?.access === 'viewer' || meta?.access === 'admin',
  );
  expect(ofOperators.length).toBeGreaterThan(20);
  expect(ofOperators.map(([name]) => name).filter((name) => !isOfOperators(name))).toEqual([]);
  expect(OPERATION_NAMES.flatMap((name) => [`${name}.create`, `${name}.stream`]).filter(isOfOperators)).toEqual([]);
  expect(['runs.retrieve', 'models.list', 'keys', ''].filter(isOfOperators)).toEqual([]);
});
