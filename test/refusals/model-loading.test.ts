import { describe, expect, test } from 'vitest';
import { readRefusal } from '../../src/attempt/read-refusal.ts';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import { readErrorBody } from '../../src/refusals/error-body.ts';
import { readReply, readReportedError } from '../../src/refusals/read.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';

const NOW = Date.parse('2026-11-22T08:00:00Z');
const BY = { rules: PLAIN_RULES, now: NOW };
const inError = (message: string, others: object = {}) => ({ error: { message, ...others } });

function read(status: number, body: unknown, headers: Record<string, string> = {}) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const { class: kind, loading = false, scope, retryAt } = readReply({ status, headers }, bytes, BY);
  return { kind, loading, scope, wait: retryAt === undefined ? undefined : retryAt - NOW };
}

/** Servers that load a model: the reply, and when to retry in milliseconds. */
test.each([
  ['llama.cpp', 503, inError('Loading model', { code: 503, type: 'unavailable_error' }), 5000],
  ['llama.cpp, shorter', 503, inError('Loading', { code: 503, type: 'unavailable_error' }), 5000],
  ['Hugging Face', 503, { error: 'Model google/gemma-3 is currently loading', estimated_time: 20.5 }, 20_500],
  ['Hugging Face, large', 503, { error: 'Model x is currently loading', estimated_time: 1809.18 }, 1_809_180],
  ['Hugging Face, without a time', 503, { error: 'Model x is currently loading', estimated_time: 0 }, 5000],
  ['a router of Hugging Face’s', 503, inError('Model x is currently loading', { estimated_time: 7 }), 7000],
  ['a quoted name', 503, inError("Model 'x' is loading, please try again in 30s"), 30_000],
  ['LM Studio', 500, { error: 'The model is still loading.' }, 5000],
  ['vLLM', 503, { object: 'error', message: 'The server is starting up', type: 'x', code: 503 }, 5000],
  ['Ollama, its queue full', 503, inError('server busy, please try again.  maximum pending requests exceeded'), 5000],
  ['Ollama', 500, inError('unexpected server status: llm server loading model'), 5000],
  ['Triton', 503, { error: 'Server is not ready' }, 5000],
  ['Triton, one model', 404, { error: "Model 'x' is not ready" }, 5000],
  ['KServe', 503, { error: 'Model with name x is not ready.' }, 5000],
  ['Bedrock', 429, { message: 'The model is not ready for inference.' }, 5000],
  ['Bedrock, by its code', 429, inError('Wait', { code: 'ModelNotReadyException' }), 5000],
  [
    'Fireworks',
    503,
    inError('Deployment is currently scaled to zero and is scaling up.', { code: 'DEPLOYMENT_SCALING_UP' }),
    5000,
  ],
  ['a worker', 502, 'The worker is warming up', 5000],
  ['not ready yet', 503, "The engine isn't yet ready", 5000],
  ['not loaded yet', 503, 'model not loaded yet', 5000],
  ['being loaded', 425, inError('The model is being loaded'), 5000],
  ['an error prefix', 503, 'Error: Loading model', 5000],
])('%s: a loading model is waited for', (_, status, body, wait) => {
  expect(read(status, body)).toEqual({ kind: 'overloaded', loading: true, scope: 'model', wait });
});

test('a header says better when to retry', () => {
  expect(read(503, inError('Loading model'), { 'retry-after': '2' })).toMatchObject({ loading: true, wait: 2000 });
});

test.each([
  ['a load that failed', 500, { error: 'Failed to load model' }],
  ['an error while loading', 500, { error: 'An error occurred while loading the model' }],
  ['the word error', 503, { error: 'error loading model /m.gguf' }],
  ['a load without memory', 500, { error: 'loading model: out of memory' }],
  ['a load that took too long', 500, { error: 'loading the model timed out' }],
  ['an overloaded server', 503, inError('The server is overloaded')],
  ['a loaded model', 503, inError('The model is loaded with context length 4096')],
  ['a file that is not ready', 404, inError('The file is not ready')],
  ['a wrong request', 400, inError('model is loading')],
  ['a spent day', 429, inError('Limit of requests per day reached; the model is starting')],
  ['no model', 404, { error: 'model "x" not found, try pulling it first' }],
  ['money', 503, inError('Loading model', { code: 'insufficient_quota' })],
  ['a page', 503, '<html>Loading model</html>'],
])('%s is no loading model', (_, status, body) => {
  expect(read(status, body).loading).toBe(false);
});

describe('inside a 2xx', () => {
  test.each([
    ['a status', inError('Loading model', { code: 503 })],
    ['no status', { error: 'Model x is currently loading', estimated_time: 5 }],
  ])('the error is read alike, with %s', (_, body) => {
    const error = readErrorBody(Buffer.from(JSON.stringify(body))).error;
    expect(readReportedError(error, BY)).toMatchObject({ class: 'overloaded', loading: true, retryAt: NOW + 5000 });
  });
});

test.each([
  [500, undefined],
  [404, undefined],
  // A 503 echoes no request.
  [503, true],
])('words that also occur in the request, in a %i', (status, loading) => {
  const options = {
    call: callOf({ input: { messages: [{ role: 'user', content: 'What does "Loading model" mean?' }] } }),
    target: targetOf(),
  };
  const body = Buffer.from(JSON.stringify(inError('Loading model')));
  const reading = readRefusal({ tools: { clock: fakeClock(NOW) }, options, codec: {} }, (by) =>
    readReply({ status, headers: {} }, body, by),
  );
  expect(reading.loading).toBe(loading);
});
