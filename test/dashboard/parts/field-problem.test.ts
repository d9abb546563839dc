import { expect, test } from 'vitest';
import { fieldProblem } from '../../../dashboard/parts/field-problem.ts';

const FIELDS = ['name', 'chains', 'budgets.0.amount_usd'];

test('a problem stands at the field of its member, or of the list that its member is in', () => {
  for (const [param, field] of [
    ['name', 'name'],
    ['chains.1', 'chains'],
    ['budgets.0.amount_usd', 'budgets.0.amount_usd'],
  ] as const)
    expect(fieldProblem({ param, message: `${param}: is wrong` }, FIELDS)).toEqual({ [field]: 'is wrong' });
  expect(fieldProblem({ param: 'name', message: 'Names are short.' }, FIELDS)).toEqual({ name: 'Names are short.' });
});

test('a problem of a member without a field stands at none of them', () => {
  for (const param of ['if_version', 'names', 'budgets.0', 'budgets.1.amount_usd', null])
    expect(fieldProblem({ param, message: `${param}: is wrong` }, FIELDS)).toEqual({});
});
