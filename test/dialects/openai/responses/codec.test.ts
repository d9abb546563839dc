import { describe, expect, test } from 'vitest';
import { HISTORY_REASONING } from '../../../../src/dialects/neutral/api.ts';
import { openaiResponses } from '../../../../src/dialects/openai/responses/codec.ts';
import { openaiCompact } from '../../../../src/dialects/openai/responses/compact.ts';
import type { JsonVerdict } from '../../../../src/dialects/codec.ts';
import { callOf } from '../../../helpers/call.ts';
import { encodedBy } from '../../../helpers/encoded.ts';
import { targetOf } from '../../../helpers/target.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { eventsIn, fixturesOf } from '../../../helpers/dialect-fixtures.ts';
import { contextOf, dataOf, shownBy } from './fixtures.ts';

const FIXTURES = fixturesOf('responses');
const ANSWERS = FIXTURES.flatMap(({ id, response, neutral, stream }) =>
  response === undefined || neutral === undefined ? [] : [{ id, response, neutral, stream }],
);

function judged(value: unknown): JsonVerdict {
  return runAtOnce(openaiResponses.judge(Buffer.from(JSON.stringify(value)), contextOf()));
}

describe.each(ANSWERS.map((each) => [each.id, each] as const))('%s', (_id, { response, neutral, stream }) => {
  test('its JSON is an answer with its usage', () => {
    const { input, cacheRead, output, reasoning } = neutral.usage;
    expect(judged(response)).toMatchObject({
      kind: 'answer',
      usage: { input, cachedInput: cacheRead, output, reasoning },
    });
  });

  test('its stream makes its JSON', () => {
    const { events } = shownBy(openaiResponses.grammar(contextOf()), eventsIn(stream));
    const steps = openaiResponses.fromEvents(
      events.map(({ data }) => data),
      contextOf(),
    );
    expect(JSON.parse(String(steps && runAtOnce(steps)))).toEqual(response);
  });

  test('its stream makes its items, also where the last event repeats none', () => {
    const { events } = shownBy(openaiResponses.grammar(contextOf()), eventsIn(stream));
    const data = events.map(dataOf);
    const emptied = data.map((each, at) =>
      at === data.length - 1 ? { ...each, response: { ...(each['response'] as object), output: [] } } : each,
    );
    const steps = openaiResponses.fromEvents(
      emptied.map((each) => Buffer.from(JSON.stringify(each))),
      contextOf(),
    );
    expect(JSON.parse(String(steps && runAtOnce(steps)))).toEqual(response);
  });

  test('its JSON makes a stream that makes it again', () => {
    const converted = [...(openaiResponses.toEvents(response, contextOf()) ?? [])].flatMap((each) => each ?? []);
    expect(
      converted.map(({ data }) => (JSON.parse(data.toString()) as { sequence_number: number }).sequence_number),
    ).toEqual([...converted.keys()]);
    const sent = converted.map(({ data, large }) => ({ name: undefined, data, plain: large?.plain, parsed: large }));
    const { events, complete, usage } = shownBy(openaiResponses.grammar(contextOf()), sent);
    expect([complete, usage?.input]).toEqual([true, neutral.usage.input]);
    const steps = openaiResponses.fromEvents(
      events.map(({ data }) => data),
      contextOf(),
    );
    expect(JSON.parse(String(steps && runAtOnce(steps)))).toEqual(response);
  });
});

test('a large response becomes a stream in steps', () => {
  const text = 'x'.repeat(200_000);
  const output = [
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
    },
  ];
  const response = { id: 'resp_1', object: 'response', status: 'completed', output };
  const steps = [...(openaiResponses.toEvents(response, contextOf()) ?? [])];
  expect(steps).toContain(undefined);
  const events = steps.flatMap((each) => each ?? []);
  for (const { data, large } of events)
    expect(String(large?.plain)).toBe(
      `event: ${String(Reflect.get(large?.value ?? {}, 'type'))}\ndata: ${String(data)}\n\n`,
    );
  expect(JSON.parse(String(events.at(-1)?.data))).toMatchObject({ type: 'response.completed', response });
});

describe('judging', () => {
  test.each([
    [
      'failed',
      { object: 'response', status: 'failed', output: [], error: { code: 'server_error', message: 'x' } },
      'x',
    ],
    [
      'failed without a reason',
      { object: 'response', status: 'failed', output: [], error: null },
      'The response failed.',
    ],
  ])('a response that %s is an error', (_what, value, message) => {
    expect(judged(value)).toMatchObject({ kind: 'unusable', error: { message } });
  });

  test.each([
    ['is in progress', { object: 'response', status: 'in_progress', output: [] }],
    ['has no output', { object: 'response', status: 'completed' }],
    ['is a list', []],
  ])('what %s is no answer', (_what, value) => {
    const verdict = judged(value);
    expect([verdict.kind, 'error' in verdict && verdict.error]).toEqual(['unusable', false]);
  });
});

const sent = (input: object, { stream = false, without = [] as readonly string[] } = {}): unknown => {
  const call = callOf({ operation: 'responses', input, stream });
  const options = { without: new Set(without), headers: {} };
  const { request } = encodedBy(openaiResponses, call, targetOf({ model: 'gpt' }), options);
  expect(request.path).toBe('/responses');
  return JSON.parse(String(request.body));
};

describe('encoding', () => {
  test('the body passes with the model of the entry, and never runs in the background', () => {
    const input = { model: 'default', input: 'a', background: true, previous_response_id: 'resp_1', unknown: 1 };
    expect(sent(input)).toEqual({ model: 'gpt', input: 'a', previous_response_id: 'resp_1', unknown: 1 });
  });

  test('a call that streams says so', () => {
    expect(sent({ input: 'a' }, { stream: true })).toEqual({ model: 'gpt', input: 'a', stream: true });
  });

  const items = [
    { role: 'user', content: 'a' },
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' },
    { type: 'reasoning', summary: [], encrypted_content: `sw1.anthropic.${Buffer.from('c2ln').toString('base64url')}` },
    { type: 'reasoning', summary: [], encrypted_content: `sw1.openai.${Buffer.from('gBBB').toString('base64url')}` },
    { type: 'item_reference', id: 'rs_2' },
  ];

  test('reasoning of another issuer is left out, and that of OpenAI is raw', () => {
    expect(sent({ input: items })).toMatchObject({
      input: [items[0], items[1], { type: 'reasoning', summary: [], encrypted_content: 'gBBB' }, items[4]],
    });
  });

  test('without the reasoning of the history none of it is sent', () => {
    expect(sent({ input: items }, { without: [HISTORY_REASONING] })).toMatchObject({ input: [items[0]] });
  });
});

const judge = (value: object) => runAtOnce(openaiCompact.judge(Buffer.from(JSON.stringify(value)), contextOf()));

describe('compaction', () => {
  test('the body passes to its own path', () => {
    const call = callOf({ operation: 'responses.compact', input: { model: 'm', input: [], instructions: 'b' } });
    const { request } = encodedBy(openaiCompact, call, targetOf({ model: 'gpt' }), { without: new Set(), headers: {} });
    expect(request.path).toBe('/responses/compact');
    expect(JSON.parse(String(request.body))).toEqual({ model: 'gpt', input: [], instructions: 'b' });
  });

  test('any object that is no error is an answer', () => {
    expect(
      judge({ output: [{ type: 'compaction', encrypted_content: 'x' }], usage: { input_tokens: 1 } }),
    ).toMatchObject({
      kind: 'answer',
      usage: { input: 1 },
    });
    expect(judge({ error: { message: 'no' } }).kind).toBe('unusable');
  });
});
