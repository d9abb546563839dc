import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BlockEvent, BlockStart, FinishReason } from '../../../../src/dialects/neutral/block-event.ts';
import { restoreNames } from '../../../../src/dialects/neutral/tool-names.ts';
import { Translation } from '../../../../src/dialects/neutral/translation.ts';
import { responsesClient } from '../../../../src/dialects/openai/responses/api.ts';
import { withAnswerMembers } from '../../../../src/domain/call.ts';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { SseEvent } from '../../../../src/domain/stream-grammar.ts';
import { callOf } from '../../../helpers/call.ts';
import { fixturesOf } from '../../../helpers/dialect-fixtures.ts';
import { caseOf } from './fixtures.ts';
import { checkedResponse, type WrittenEvent, writtenEvents } from './response-events.ts';

type Fields = Record<string, unknown>;

function translationOf(input: object): Translation {
  const call = callOf({ operation: 'responses', input, stream: true });
  const request = responsesClient.decode(call);
  return new Translation(responsesClient.writer({ call, request, model: 'm' }), restoreNames(request));
}

interface Written {
  readonly events: readonly WrittenEvent[];
  readonly response: Fields;
}

/** Writes an answer, and checks that it keeps to the grammar and is the same without a stream. */
function written(blocks: readonly BlockEvent[], input: object = { input: 'a' }): Written {
  const translation = translationOf(input);
  const sent: SseEvent[] = blocks.flatMap((event) => translation.write(event));
  translation.usage({ input: 4, output: 6, source: 'provider' });
  sent.push(...translation.finish());
  const events = writtenEvents(sent);
  const response = checkedResponse(events);
  expect(translation.whole()).toEqual(response);
  return { events, response };
}

const START: BlockEvent = { t: 'start', id: 'c1', model: 'x', created: 1 };
const open = (i: number, block: BlockStart): BlockEvent => ({ t: 'open', i, block });
const delta = (i: number, text: string): BlockEvent => ({ t: 'delta', i, text });
const close = (i: number): BlockEvent => ({ t: 'close', i });
const finish = (reason: FinishReason): BlockEvent => ({ t: 'finish', reason });
const callNamed = (name: string, id = 't1'): BlockStart => ({ kind: 'call', id, name, freeform: false });
const types = ({ events }: Written): readonly string[] => events.map(({ type }) => type);

test.each([
  ['kept', 'resp_1', { store: true, id: 'resp_1' }],
  ['not kept', undefined, { store: false }],
])('the response of a request to store it says whether it is: %s', (_title, answerId, want) => {
  const sent = callOf({ operation: 'responses', input: { input: 'a', store: true } });
  const call = answerId === undefined ? sent : withAnswerMembers(sent, { id: answerId });
  const writer = responsesClient.writer({ call, request: responsesClient.decode(call), model: 'm' });
  for (const event of [START, open(0, { kind: 'text' }), delta(0, 'a'), finish('stop')]) writer.write(event);
  writer.finish();
  expect(writer.whole()).toMatchObject(want);
});

test('a response has the members that the API has, with what the client sent', () => {
  const documented = fixturesOf('responses').find(({ response }) => response !== undefined)?.response ?? {};
  const input = {
    input: 'a',
    instructions: 'Be brief.',
    temperature: 0.5,
    tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: false }],
    reasoning: { effort: 'low' },
    text: { verbosity: 'low' },
    metadata: { k: 'v' },
  };
  const { response } = written([START, open(0, { kind: 'text' }), delta(0, 'a'), finish('stop')], input);
  expect(Object.keys(response).toSorted()).toEqual(Object.keys(documented).toSorted());
  const { input: _input, reasoning: _reasoning, text: _text, ...echoed } = input;
  expect(response).toMatchObject({
    ...echoed,
    id: expect.stringMatching(/^resp_[\da-f]{48}$/) as string,
    created_at: 1,
    model: 'x',
    status: 'completed',
    reasoning: { effort: 'low', summary: null },
    text: { format: { type: 'text' }, verbosity: 'low' },
    usage: { input_tokens: 4, output_tokens: 6, total_tokens: 10 },
  });
});

test.each(['chatcmpl-1', 'resp_"', 'resp_'])('the id %s is replaced', (id) => {
  const { response } = written([{ ...START, id }, open(0, { kind: 'text' }), delta(0, 'a'), finish('stop')]);
  expect(response).toMatchObject({ id: expect.stringMatching(/^resp_[\da-f]{48}$/) as string });
});

test("a provider's id of the API is kept", () => {
  expect(written([{ ...START, id: 'resp_1' }, finish('stop')]).response).toMatchObject({ id: 'resp_1', output: [] });
});

describe('the hardest cases', () => {
  test('D45: every item is announced once and done in order', () => {
    const { want } = caseOf('D45');
    const answer = written([
      START,
      open(0, { kind: 'reasoning' }),
      delta(0, 'r'),
      open(1, { kind: 'text' }),
      delta(1, 'a'),
      open(2, callNamed('f')),
      delta(2, '{}'),
      finish('tools'),
    ]);
    expect(types(answer)).toEqual(want['types']);
    expect(answer.response['output']).toMatchObject([
      { type: 'reasoning' },
      { type: 'message' },
      { type: 'function_call', call_id: 't1', arguments: '{}' },
    ]);
  });

  test('D46: a call without text makes no message', () => {
    const { want } = caseOf('D46');
    const answer = written([START, open(0, callNamed('f')), delta(0, ''), close(0), finish('tools')]);
    expect(answer.response).toMatchObject(want['final'] as object);
  });

  test('D47: an answer that was cut is incomplete', () => {
    const { want } = caseOf('D47');
    const answer = written([START, open(0, { kind: 'text' }), delta(0, 'x'), close(0), finish('length')]);
    expect(answer.response).toMatchObject(want['final'] as object);
    expect(types(answer).at(-1)).toBe(want['last']);
  });

  test('D48: the input of a freeform tool is unwrapped', () => {
    const { want, request = {} } = caseOf('D48');
    const pieces = ['{"input":"*** a\\n', 'b"}'];
    const blocks = [START, open(0, callNamed('apply_patch')), ...pieces.map((each) => delta(0, each)), finish('tools')];
    const answer = written(blocks, { input: 'a', ...request });
    expect(answer.response).toMatchObject(want['final'] as object);
    expect(types(answer)).not.toContain('response.function_call_arguments.delta');
  });

  test('D49: the namespace of a tool is restored from its bare name', () => {
    const { want, request = {} } = caseOf('D49');
    const answer = written([START, open(0, callNamed('search')), delta(0, '{}'), finish('tools')], {
      input: 'a',
      ...request,
    });
    expect(answer.response).toMatchObject(want['final'] as object);
  });
});

describe('blocks', () => {
  test('a call is written to its end, and what begins meanwhile waits', () => {
    const answer = written([
      START,
      open(0, callNamed('f', 't1')),
      delta(0, '{"a"'),
      open(1, callNamed('g', 't2')),
      delta(1, '{"b"'),
      open(2, { kind: 'text' }),
      delta(2, 'x'),
      delta(0, ':1}'),
      delta(1, ':2}'),
      close(0),
      close(1),
      delta(2, 'y'),
      finish('tools'),
    ]);
    expect(answer.response['output']).toMatchObject([
      { call_id: 't1', arguments: '{"a":1}' },
      { call_id: 't2', arguments: '{"b":2}' },
      { content: [{ text: 'xy' }] },
    ]);
  });

  test('text that goes on after a call is another message', () => {
    const text = { kind: 'text' } as const;
    const blocks = [open(0, text), delta(0, 'a'), open(1, callNamed('f')), close(1), delta(0, 'b')];
    expect(written([START, ...blocks, finish('tools')]).response['output']).toMatchObject([
      { type: 'message', content: [{ text: 'a' }] },
      { type: 'function_call' },
      { type: 'message', content: [{ text: 'b' }] },
    ]);
  });

  test('consecutive texts are parts of one message, each with its citations', () => {
    const cite: BlockEvent = { t: 'cite', i: 1, citation: { url: 'https://a', title: 'A' } };
    const texts = [open(0, { kind: 'text' }), delta(0, 'a'), close(0), open(1, { kind: 'text' }), delta(1, 'bc'), cite];
    expect(written([START, ...texts, finish('stop')]).response['output']).toMatchObject([
      {
        type: 'message',
        content: [
          { text: 'a', annotations: [] },
          {
            text: 'bc',
            annotations: [{ type: 'url_citation', url: 'https://a', title: 'A', start_index: 0, end_index: 2 }],
          },
        ],
      },
    ]);
  });

  test('a text without characters makes no message', () => {
    const answer = written([START, open(0, { kind: 'text' }), delta(0, ''), close(0), finish('stop')]);
    expect(answer.response['output']).toEqual([]);
  });

  test.each([
    ['refusal', true, 'completed', null],
    ['refusal', false, 'incomplete', { reason: 'content_filter' }],
    ['filter', false, 'incomplete', { reason: 'content_filter' }],
    ['pause', false, 'completed', null],
    ['stop_sequence', false, 'completed', null],
    ['context_window', false, 'incomplete', { reason: 'max_output_tokens' }],
  ] as const)('the finish %s, with a refusal part: %s, is %s', (reason, hasRefusal, status, details) => {
    const kind = hasRefusal ? 'refusal' : 'text';
    const { response } = written([START, open(0, { kind }), delta(0, 'no'), finish(reason)]);
    expect(response).toMatchObject({ status, incomplete_details: details, output: [{ status }] });
  });
});

describe('opaque reasoning', () => {
  const answerWith = (issuer: 'anthropic' | 'openai', include: readonly string[], text = 'hm') =>
    written(
      [
        START,
        open(0, { kind: 'reasoning' }),
        delta(0, text),
        { t: 'opaque', i: 0, opaque: { issuer, value: 'c2ln' } },
        close(0),
        finish('stop'),
      ],
      { input: 'a', include },
    ).response['output'];
  const wrapped = `sw1.anthropic.${Buffer.from('c2ln').toString('base64url')}`;

  test('that of another issuer is always written, and wrapped', () => {
    expect(answerWith('anthropic', [])).toMatchObject([{ summary: [{ text: 'hm' }], encrypted_content: wrapped }]);
  });

  test('that of OpenAI is written where the client wants it', () => {
    expect(answerWith('openai', ['reasoning.encrypted_content'])).toMatchObject([{ encrypted_content: 'c2ln' }]);
    expect(answerWith('openai', [])).toEqual([expect.not.objectContaining({ encrypted_content: 'c2ln' })]);
  });

  test.each([
    [
      'reasoning whose text is hidden',
      [open(0, { kind: 'reasoning' }), { t: 'opaque', i: 0, opaque: { issuer: 'anthropic', value: 's' } }],
      'reasoning',
    ],
    ['redacted reasoning', [open(0, { kind: 'redacted', opaque: { issuer: 'anthropic', value: 's' } })], 'redacted'],
  ] as const)('%s comes back as what it was', (_what, blocks, kind) => {
    const { response } = written([START, ...blocks, close(0), finish('stop')]);
    const call = callOf({ operation: 'responses', input: { input: response['output'] } });
    expect(responsesClient.decode(call).turns).toMatchObject([
      { blocks: [{ kind, opaque: { issuer: 'anthropic', value: 's' } }] },
    ]);
  });

  test('the signature of a call comes back with the call', () => {
    const opaque = { issuer: 'google', value: 'sig' } as const;
    const { response } = written([
      START,
      open(0, callNamed('f')),
      { t: 'opaque', i: 0, opaque },
      close(0),
      finish('stop'),
    ]);
    const call = callOf({ operation: 'responses', input: { input: response['output'] } });
    expect(responsesClient.decode(call).turns).toMatchObject([{ blocks: [{ kind: 'call', name: 'f', opaque }] }]);
  });
});

test('a failure continues the numbers and keeps the response', () => {
  const translation = translationOf({ input: 'a' });
  const blocks = [START, open(0, { kind: 'text' }), delta(0, 'half')];
  const shown = blocks.flatMap((event) => translation.write(event));
  const failure = translation.failed(new GatewayError('upstream_truncated', { message: 'It stopped.' })) ?? [];
  const events = writtenEvents([...shown, ...failure]);
  expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()]);
  expect(events.slice(-2)).toMatchObject([
    { type: 'error', code: 'upstream_truncated', error: { message: 'It stopped.' } },
    { type: 'response.failed', response: { status: 'failed', model: 'x', error: { code: 'upstream_truncated' } } },
  ]);
});

/** Answers whose blocks begin, grow and end in any order. */
const ANSWERS = fc
  .array(
    fc.record({
      i: fc.nat(4),
      step: fc.constantFrom('open', 'delta', 'opaque', 'cite', 'close'),
      kind: fc.constantFrom('text', 'reasoning', 'call', 'custom', 'refusal', 'redacted', 'foreign'),
      text: fc.string({ maxLength: 4, unit: 'binary' }),
    }),
    { maxLength: 40 },
  )
  .map((steps) => steps.flatMap(({ step, i, kind, text }) => eventsOf(step, i, kind, text)));

function eventsOf(step: string, i: number, kind: string, text: string): readonly BlockEvent[] {
  const opaque = { issuer: 'anthropic', value: text } as const;
  switch (step) {
    case 'open':
      if (kind === 'call' || kind === 'custom')
        return [open(i, { kind: 'call', id: `t${i}`, name: text, freeform: kind === 'custom' })];
      if (kind === 'redacted') return [open(i, { kind, opaque })];
      if (kind === 'foreign') return [open(i, { kind, family: 'openai', value: {} })];
      return [open(i, { kind: kind as 'text' | 'reasoning' | 'refusal' })];
    case 'delta':
      return [delta(i, text)];
    case 'opaque':
      return [{ t: 'opaque', i, opaque }];
    case 'cite':
      return [{ t: 'cite', i, citation: { url: text, title: undefined } }];
    default:
      return [close(i)];
  }
}

const lengthOf = (text: unknown): number => (typeof text === 'string' ? text.length : 0);

/** Answers in which each block is opened once and closed once, and blocks grow in any order. */
const WHOLE_ANSWERS = fc
  .record({
    kinds: fc.array(fc.constantFrom('text', 'reasoning', 'call', 'refusal'), { minLength: 1, maxLength: 5 }),
    pieces: fc.array(fc.record({ at: fc.nat(4), text: fc.string({ minLength: 1, maxLength: 3 }) }), { maxLength: 30 }),
  })
  .map(({ kinds, pieces }) => ({
    kinds,
    pieces: pieces.map(({ at, text }) => ({ i: at % kinds.length, text })),
  }));

test('every piece is written once, and the pieces of a block in their order', () => {
  fc.assert(
    fc.property(WHOLE_ANSWERS, ({ kinds, pieces }) => {
      const opens = kinds.flatMap((kind, i) => eventsOf('open', i, kind, `f${i}`));
      const blocks = [...opens, ...pieces.map(({ i, text }) => delta(i, text)), ...kinds.map((_, i) => close(i))];
      const { response } = written([START, ...blocks, finish('tools')]);
      const output = response['output'] as Fields[];
      const partsOf = (item: Fields) => (item['content'] ?? item['summary'] ?? []) as Fields[];
      for (const kind of ['text', 'refusal'] as const)
        expect(output.flatMap(partsOf).reduce((sum, part) => sum + lengthOf(part[kind]), 0)).toBe(
          pieces
            .filter(({ i }) => (kind === 'refusal') === (kinds[i] === 'refusal') && kinds[i] !== 'call')
            .reduce((sum, { text }) => sum + text.length, 0),
        );
      for (const [i, kind] of kinds.entries())
        if (kind === 'call') {
          const input = pieces.flatMap((piece) => (piece.i === i ? [piece.text] : [])).join('');
          expect(output.find(({ name }) => name === `f${i}`)).toMatchObject({ arguments: input || '{}' });
        }
    }),
    { numRuns: 300 },
  );
});

test('blocks in any order keep to the grammar', () => {
  fc.assert(
    fc.property(ANSWERS, fc.constantFrom<FinishReason>('stop', 'length', 'refusal'), (blocks, reason) => {
      written([START, ...blocks, finish(reason)]);
    }),
    { numRuns: 500 },
  );
});
