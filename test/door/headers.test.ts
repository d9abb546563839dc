import { describe, expect, test } from 'vitest';
import { addOperationHeader, requestHeaders } from '../../src/door/headers.ts';
import type { RequestIds } from '../../src/domain/scope.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';
import { openTestScope } from '../helpers/scope.ts';

const SERVED = { chain: 'default', provider: 'a', model: 'm', attempts: 2, dropped: [] };

describe('the headers of an answer', () => {
  test('name the fields that its provider did not get, as ASCII', () => {
    const scope = openTestScope();
    scope.report.served = { ...SERVED, dropped: ['temperature', 'tools.wetter_für_alle'] };
    expect(requestHeaders(scope)).toMatchObject({
      'x-spillway-attempts': '2',
      'x-spillway-dropped': 'temperature, tools.wetter_f%C3%BCr_alle',
    });
  });

  test('name members that are estimates, also where no entry answered', () => {
    const scope = openTestScope();
    scope.report.estimated = ['input_tokens'];
    const headers = requestHeaders(scope);
    expect(headers).toMatchObject({ 'x-spillway-estimated': 'input_tokens' });
    expect(headers).not.toHaveProperty('x-spillway-chain');
  });

  test('name neither where there is nothing to name', () => {
    const scope = openTestScope();
    scope.report.served = SERVED;
    const headers = requestHeaders(scope);
    expect(headers).not.toHaveProperty('x-spillway-dropped');
    expect(headers).not.toHaveProperty('x-spillway-estimated');
  });
});

test('the id of a request is in the header of Anthropic’s API for Messages only', () => {
  const ids = { id: 'req_1', clientRequestId: 'mine' };
  const added = (name: keyof typeof OPERATIONS, of: RequestIds = ids): Record<string, string> => {
    const headers = {};
    addOperationHeader(headers, OPERATIONS[name], of);
    return headers;
  };
  expect(added('messages')).toEqual({ 'request-id': 'mine' });
  expect(added('messages.count_tokens', { ...ids, clientRequestId: undefined })).toEqual({ 'request-id': 'req_1' });
  for (const name of ['chat.completions', 'responses', 'completions', 'embeddings'] as const)
    expect(added(name)).toEqual({});
});
