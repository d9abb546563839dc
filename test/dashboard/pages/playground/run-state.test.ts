import type { ChatCompletionChunk } from 'spillway/client';
import { expect, test } from 'vitest';
import { afterEvent, type RunEvent, type RunState, SENT } from '../../../../dashboard/pages/playground/run-state.ts';

type Delta = ChatCompletionChunk['choices'][number]['delta'];

function chunk(
  ms: number,
  delta: Delta,
  rest: Partial<ChatCompletionChunk> = {},
  finish: string | null = null,
): RunEvent {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  const base = { id: 'c', object: 'chat.completion.chunk', created: 0, model: 'm' } as const;
  return { kind: 'chunk', ms, chunk: { ...base, choices, ...rest } };
}

function after(...events: readonly RunEvent[]): RunState {
  return events.reduce(afterEvent, SENT);
}

test('the first token is the first event with a piece of the answer', () => {
  const run = after(
    chunk(100, { role: 'assistant', content: '' }),
    chunk(250, { content: 'Hel' }),
    chunk(300, { content: 'lo' }),
  );
  expect(run).toMatchObject({ status: 'streaming', text: 'Hello', firstTokenMs: 250 });
  expect(after(chunk(80, { reasoning_content: 'hm' }))).toMatchObject({ reasoning: 'hm', firstTokenMs: 80 });
});

test('the head of the answer names the entry, the request and the attempts', () => {
  const headers = new Headers({
    'x-spillway-request-id': 'req_1',
    'x-spillway-chain': 'default',
    'x-spillway-provider': 'groq',
    'x-spillway-model': 'llama',
    'x-spillway-attempts': '2',
  });
  expect(after({ kind: 'head', headers }).answering).toEqual({
    requestId: 'req_1',
    chain: 'default',
    provider: 'groq',
    model: 'llama',
    attempts: 2,
  });
  expect(after({ kind: 'head', headers: new Headers() }).answering?.attempts).toBeNull();
});

test('the pieces of tool calls are joined by their places', () => {
  const run = after(
    chunk(1, { tool_calls: [{ index: 0, id: 'a', function: { name: 'look', arguments: '{"a"' } }] }),
    chunk(2, { tool_calls: [{ index: 1, function: { name: 'up', arguments: '{}' } }] }),
    chunk(3, { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }, {}, null),
    chunk(4, {}, {}, 'tool_calls'),
  );
  expect(run.toolCalls).toEqual([
    { name: 'look', arguments: '{"a":1}' },
    { name: 'up', arguments: '{}' },
  ]);
  expect(run.finishReason).toBe('tool_calls');
});

test('usage and cost come with the last event, and an unknown cost stays unknown', () => {
  const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
  const known = after(chunk(1, { content: 'x' }), chunk(2, {}, { choices: [], usage: { ...usage, cost: 0.001 } }));
  expect(known).toMatchObject({ inputTokens: 9, outputTokens: 4, cost: 0.001 });
  expect(after(chunk(2, {}, { choices: [], usage: { ...usage, cost: null } })).cost).toBeNull();
});

test('a run ends once: stopping one that is over changes nothing', () => {
  const error = new Error('exhausted');
  expect(after({ kind: 'error', error, ms: 7 })).toMatchObject({ status: 'failed', error, totalMs: 7 });
  expect(after({ kind: 'end', ms: 7 }, { kind: 'cancel', ms: 9 })).toMatchObject({ status: 'done', totalMs: 7 });
  expect(after({ kind: 'cancel', ms: 9 })).toMatchObject({ status: 'cancelled' });
});
