import { expect, test } from 'vitest';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import { errorIn } from '../../src/refusals/error-in-answer.ts';
import { readReply, readReportedError } from '../../src/refusals/read.ts';

test.each([
  ['overloaded_error', 'overloaded', 529],
  ['rate_limit_error', 'rate_limited', 429],
  ['api_error', 'server', 502],
  ['timeout_error', 'timeout', 504],
  ['invalid_request_error', 'bad_request', 400],
  ['authentication_error', 'auth', 401],
  ['billing_error', 'no_money', 402],
])('an error event of type %s is read as %s', (type, kind, status) => {
  const error = errorIn({ type: 'error', error: { type, message: 'Something is wrong' } }, 'error');
  expect(error).toBeDefined();
  if (error === undefined) return;
  const reading = readReportedError(error, { rules: PLAIN_RULES, now: 0 });
  expect({ class: reading.class, status: reading.status }).toEqual({ class: kind, status });
});

test.each([
  ['contract_spend_limit_reached', 400, 'no_money'],
  ['linked_organization_spend_limit_reached', 403, 'no_money'],
  ['organization_on_hold', 403, 'no_money'],
  ['ramp_limit_exceeded', 429, 'rate_limited'],
  ['thread_not_found', 404, 'bad_request'],
])('the code %s in the details of a %i is read as %s', (code, status, kind) => {
  const error = { type: 'invalid_request_error', message: 'No.', details: { error_code: code } };
  const body = Buffer.from(JSON.stringify({ type: 'error', error }));
  expect(readReply({ status, headers: {} }, body, { rules: PLAIN_RULES, now: 0 }).class).toBe(kind);
});
