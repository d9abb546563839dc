import { describe, expect, test } from 'vitest';
import { type ErrorCode, GatewayError } from '../../src/domain/errors.ts';
import { anthropicErrorBody, anthropicErrorEvent } from '../../src/operations/anthropic-error-body.ts';

const IDS = { id: 'req_1', clientRequestId: undefined };

/** The type of Anthropic's API for every code of the gateway. */
const TYPES: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'invalid_request_error',
  invalid_json: 'invalid_request_error',
  duplicate_parameter: 'invalid_request_error',
  unknown_option: 'invalid_request_error',
  no_suitable_entry: 'invalid_request_error',
  missing_model: 'invalid_request_error',
  budget_exceeded: 'billing_error',
  rate_limit_exceeded: 'rate_limit_error',
  concurrency_exceeded: 'rate_limit_error',
  invalid_api_key: 'authentication_error',
  key_expired: 'authentication_error',
  key_revoked: 'authentication_error',
  insecure_connection: 'invalid_request_error',
  store_required: 'invalid_request_error',
  store_unavailable: 'overloaded_error',
  conflict: 'invalid_request_error',
  already_rotated: 'invalid_request_error',
  forbidden: 'permission_error',
  forbidden_origin: 'permission_error',
  model_not_found: 'not_found_error',
  not_found: 'not_found_error',
  response_not_found: 'not_found_error',
  run_not_found: 'not_found_error',
  previous_response_not_found: 'invalid_request_error',
  method_not_allowed: 'invalid_request_error',
  request_timeout: 'timeout_error',
  idempotency_conflict: 'invalid_request_error',
  run_events_expired: 'invalid_request_error',
  length_required: 'invalid_request_error',
  request_too_large: 'request_too_large',
  unsupported_media_type: 'invalid_request_error',
  expectation_failed: 'invalid_request_error',
  no_valid_answer: 'invalid_request_error',
  too_many_failures: 'rate_limit_error',
  too_many_subscriptions: 'rate_limit_error',
  too_many_runs: 'rate_limit_error',
  headers_too_large: 'invalid_request_error',
  client_closed: 'invalid_request_error',
  run_cancelled: 'invalid_request_error',
  internal_error: 'api_error',
  run_interrupted: 'api_error',
  upstream_failed: 'api_error',
  upstream_truncated: 'api_error',
  upstream_timeout: 'timeout_error',
  all_providers_exhausted: 'overloaded_error',
  overloaded: 'overloaded_error',
  shutting_down: 'overloaded_error',
  not_ready: 'overloaded_error',
  loop_detected: 'api_error',
  deadline_exceeded: 'timeout_error',
};

describe('an error of the gateway in Anthropic’s shape', () => {
  test.each(Object.entries(TYPES))('%s has the type %s', (code, type) => {
    const error = new GatewayError(code as ErrorCode, { message: 'No.' });
    expect(anthropicErrorBody(error, IDS)).toEqual({
      type: 'error',
      error: { type, message: 'No.', code },
      request_id: 'req_1',
    });
  });

  test('has what the gateway adds, and the id that the client has sent', () => {
    const error = new GatewayError('model_not_found', {
      message: 'No.',
      param: 'model',
      chain: 'default',
      models: ['default'],
      retryAt: 0,
      attempts: [{ provider: 'a', model: 'm', outcome: 'throttled', status: 429 }],
    });
    expect(anthropicErrorBody(error, { ...IDS, clientRequestId: 'mine' })).toMatchObject({
      error: {
        param: 'model',
        chain: 'default',
        models: ['default'],
        retry_at: '1970-01-01T00:00:00.000Z',
        attempts: [{ provider: 'a', outcome: 'throttled', status: 429 }],
      },
      request_id: 'mine',
    });
  });
});

const refusal = (status: number, type: string | null) =>
  new GatewayError('invalid_request', {
    message: 'n must be 1',
    upstream: { status, error: { message: 'n must be 1', type, param: null, code: null } },
  });

describe('a provider’s refusal in Anthropic’s shape', () => {
  test.each([
    [400, 'invalid_request_error', 'invalid_request_error'],
    [400, 'billing_error', 'billing_error'],
    [400, 'value_error', 'invalid_request_error'],
    [413, 'value_error', 'request_too_large'],
    [422, null, 'invalid_request_error'],
    [429, 'requests', 'rate_limit_error'],
  ])('with status %i and type %s has the type %s', (status, type, shown) => {
    expect(anthropicErrorBody(refusal(status, type), IDS)).toMatchObject({ error: { type: shown } });
  });
});

test('a refusal keeps the cause that Anthropic’s SDKs make classes of', () => {
  const error = { message: 'No.', type: 'not_found_error', param: null, code: null, detail: 'thread_not_found' };
  const shown = (given: object) =>
    anthropicErrorBody(
      new GatewayError('invalid_request', { message: 'No.', upstream: { status: 404, error: { ...error, ...given } } }),
      IDS,
    );
  expect(shown({})).toMatchObject({ error: { details: { error_code: 'thread_not_found' } } });
  // Another vendor's cause is none of Anthropic's.
  expect(shown({ type: 'NOT_FOUND', detail: 'RESOURCE_MISSING' })).not.toHaveProperty('error.details');
});

/** The body of a refusal of this field. */
const bodyFor = (param: string) =>
  anthropicErrorBody(new GatewayError('invalid_request', { message: 'No.', param }), IDS);

test('a thread that no entry can carry is named as Anthropic names it', () => {
  expect(bodyFor('thread')).toMatchObject({
    error: { type: 'invalid_request_error', details: { error_code: 'thread_unsupported_request' } },
  });
  expect(bodyFor('mcp_servers')).not.toHaveProperty('error.details');
});

test('the last event of a failed stream is named `error` and is one line of JSON', () => {
  const error = new GatewayError('upstream_truncated', { message: 'It broke off.\nAt a line.' });
  const [name, data, ...rest] = anthropicErrorEvent(error, IDS).split('\n');
  expect([name, rest]).toEqual(['event: error', ['', '']]);
  expect(JSON.parse(data?.slice('data: '.length) ?? '')).toEqual(anthropicErrorBody(error, IDS));
});
