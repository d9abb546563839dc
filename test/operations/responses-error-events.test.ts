import { expect, test } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import { responseFailure, responsesErrorEvents } from '../../src/operations/responses-error-events.ts';

const ERROR = new GatewayError('upstream_truncated', { message: 'It broke off.' });
const MEMBERS = { type: 'upstream_error', code: 'upstream_truncated', message: 'It broke off.', param: null };

test('a failure after events goes on with their numbers and keeps what was shown', () => {
  const response = { id: 'resp_1', object: 'response', status: 'in_progress', output: [{ type: 'message' }] };
  expect(responseFailure(ERROR, { response, sequenceNumber: 7 })).toEqual([
    {
      type: 'error',
      sequence_number: 7,
      code: 'upstream_truncated',
      message: 'It broke off.',
      param: null,
      error: MEMBERS,
    },
    {
      type: 'response.failed',
      sequence_number: 8,
      response: { ...response, status: 'failed', error: { code: 'upstream_truncated', message: 'It broke off.' } },
    },
  ]);
});

test('a failure of a provider without a code has one, which clients of the API require', () => {
  const upstream = { status: 400, error: { message: 'no', type: null, param: null, code: null } };
  const error = new GatewayError('invalid_request', { message: 'no', upstream });
  expect(responseFailure(error, { response: {}, sequenceNumber: 0 })[1]).toMatchObject({
    response: { error: { code: 'server_error', message: 'no' } },
  });
});

test('a failure without events before it is two named events, numbered from 0', () => {
  const events = responsesErrorEvents(ERROR, { id: 'req_1', clientRequestId: 'mine' }).split('\n\n');
  expect(events.pop()).toBe('');
  const parsed = events.map((event) => {
    const [name = '', data = ''] = event.split('\n');
    return [name.slice('event: '.length), JSON.parse(data.slice('data: '.length)) as unknown];
  });
  expect(parsed).toMatchObject([
    ['error', { type: 'error', sequence_number: 0, error: MEMBERS }],
    [
      'response.failed',
      { type: 'response.failed', sequence_number: 1, response: { id: 'resp_req_1', status: 'failed', output: [] } },
    ],
  ]);
});
