import { expect, test } from 'vitest';
import { prepareWith } from '../../src/gateway/prepare-calls.ts';
import { callOf } from '../helpers/call.ts';
import { principalOf } from '../helpers/principal.ts';

const MESSAGES = { model: 'm', messages: [] };

test('only calls of responses are prepared, with the members that the gateway sets', () => {
  const prepared = callOf({ operation: 'responses', input: { model: 'm', input: 'prepared' } });
  const asked: unknown[] = [];
  const prepare = prepareWith({
    responses: {
      prepare(call, principal, members) {
        asked.push([call.operation.name, principal.id, members]);
        return { call: prepared, stages: [] };
      },
    },
  });
  const own = principalOf('one');
  const response = callOf({ operation: 'responses', input: { model: 'm', input: 'Hi' } });
  expect(prepare(response, own, { id: 'resp_1' }).call).toBe(prepared);
  for (const operation of ['chat.completions', 'messages', 'responses.compact'] as const) {
    const call = callOf({ operation, input: MESSAGES });
    expect(prepare(call, own)).toEqual({ call, stages: [] });
  }
  expect(asked).toEqual([['responses', 'one', { id: 'resp_1' }]]);
});
