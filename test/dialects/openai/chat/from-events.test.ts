import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { openaiChat } from '../../../../src/dialects/openai/chat/codec.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { callOf } from '../../../helpers/call.ts';

const CONTEXT = { call: callOf({ input: {} }), quirks: NO_QUIRKS, model: 'm' };

type Fields = Record<string, unknown>;
interface ToolCall {
  readonly id: string;
  readonly type: string;
  readonly function: { readonly name: string; readonly arguments: string };
}
interface Part {
  readonly text?: string;
  readonly thinking?: readonly { readonly text: string }[];
}
interface Choice {
  readonly index: number;
  readonly message: Fields & { readonly content: unknown; readonly tool_calls?: readonly ToolCall[] };
  readonly finish_reason: string;
  readonly logprobs?: { readonly content: readonly object[] };
}

function aggregated(chunks: readonly object[]): Fields {
  const events = chunks.map((chunk) => Buffer.from(JSON.stringify(chunk)));
  return JSON.parse(runAtOnce(openaiChat.fromEvents(events, CONTEXT)!)?.toString() ?? '') as Fields;
}

/** The message that these deltas are pieces of. */
function messageOf(...deltas: readonly Fields[]): unknown {
  const chunks = deltas.map((delta) => ({ id: 'c1', choices: [{ index: 0, delta, finish_reason: null }] }));
  const end = { id: 'c1', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  const { choices } = aggregated([...chunks, end]) as unknown as { choices: Choice[] };
  return choices[0]?.message;
}

const fn = (name: string, args: string) => ({ name, arguments: args });
const whole = (id: string, name: string, args: string) => ({ id, type: 'function', function: fn(name, args) });
const more = (args: string) => ({ role: '', tool_calls: [{ index: 0, id: '', type: '', function: fn('', args) }] });
const thought = (text: string) => ({ type: 'thinking', thinking: [{ type: 'text', text }] });
const texts = (text: string) => ({ thoughts_v9: text, signature: 's', audio: { id: 'a', data: text } });

describe('joining the pieces of an answer', () => {
  test('an empty id, type, name or role replaces nothing', () => {
    const first = { role: 'assistant', tool_calls: [{ index: 0, ...whole('a', 'f', '') }] };
    expect(messageOf(first, more('{"x":'), more('1}'))).toEqual({
      role: 'assistant',
      content: null,
      tool_calls: [whole('a', 'f', '{"x":1}')],
    });
  });

  test('pieces of tool calls without an index are distinguished by their ids', () => {
    const calls = [whole('a', 'f', '{"x":1}'), whole('b', 'g', '{"y":2}')];
    expect(messageOf(...calls.map((each) => ({ tool_calls: [each] })))).toMatchObject({ tool_calls: calls });
  });

  test('pieces of two calls with one id are distinguished by their indexes', () => {
    const calls = [whole('a', 'f', '{}'), whole('a', 'f', '[]')];
    expect(messageOf(...calls.map((each, index) => ({ tool_calls: [{ index, ...each }] })))).toMatchObject({
      tool_calls: calls,
    });
  });

  test('a list and a text become one list, in order', () => {
    expect(
      messageOf({ content: [thought('h')] }, { content: [thought('m')] }, { content: 'an' }, { content: 'swer' }),
    ).toMatchObject({ content: [thought('hm'), { type: 'text', text: 'answer' }] });
    const reference = { type: 'reference', reference_ids: [1] };
    expect(messageOf({ content: 'Hello ' }, { content: [reference] }, { content: 'world' })).toMatchObject({
      content: [{ type: 'text', text: 'Hello ' }, reference, { type: 'text', text: 'world' }],
    });
  });

  test('texts are joined under any name, and labels are not', () => {
    expect(messageOf(texts('AB'), texts('CD'))).toMatchObject({
      thoughts_v9: 'ABCD',
      signature: 's',
      audio: { id: 'a', data: 'ABCD' },
    });
  });

  test('a whole message replaces the deltas before it', () => {
    const choice = { index: 0, message: { role: 'assistant', content: 'whole' }, finish_reason: 'stop' };
    const delta = { index: 0, delta: { content: 'who' }, finish_reason: null };
    expect(aggregated([{ choices: [delta] }, { choices: [choice] }])).toMatchObject({ choices: [choice] });
  });

  test('a member named __proto__ pollutes no prototype', () => {
    const text =
      '{"choices":[{"index":0,"delta":{"__proto__":{"polluted":"yes"},"x":{"__proto__":{"polluted":"yes"}}}}]}';
    runAtOnce(openaiChat.fromEvents([Buffer.from(text), Buffer.from(text)], CONTEXT)!);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const parts = fc.array(fc.tuple(words, words), { minLength: 1, maxLength: 3 }).map((pairs) =>
  pairs.flatMap(([thought, text]) => [
    { type: 'thinking', thinking: [{ type: 'text', text: thought }] },
    { type: 'text', text },
  ]),
);
const toolCall: fc.Arbitrary<ToolCall> = fc.record({
  id: fc.stringMatching(/^call_[a-z]{6}$/),
  type: fc.constant('function'),
  function: fc.record({ name: fc.stringMatching(/^[a-z]{1,4}$/), arguments: fc.json() }),
});
const message = fc.record(
  {
    role: fc.constant('assistant'),
    content: fc.oneof(words, fc.constant(null), parts),
    refusal: words,
    reasoning: words,
    reasoning_content: words,
    reasoning_text: words,
    thinking: words,
    tool_calls: fc.uniqueArray(toolCall, { minLength: 1, maxLength: 3, selector: ({ id }) => id }),
  },
  { requiredKeys: ['role', 'content'] },
);
const completion = fc.record({
  choices: fc.array(
    fc.record(
      {
        message,
        finish_reason: fc.constantFrom('stop', 'length', 'tool_calls'),
        logprobs: fc.record({
          content: fc.array(fc.record({ token: words, logprob: fc.integer() }), { minLength: 1 }),
        }),
      },
      { requiredKeys: ['message', 'finish_reason'] },
    ),
    { minLength: 1, maxLength: 3 },
  ),
  usage: fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat(), total_tokens: fc.nat() }),
});

/** How a provider writes an answer in chunks. */
interface Style {
  /** The n-th piece of a tool call. */
  readonly piece?: (whole: ToolCall, args: string, at: { readonly index: number; readonly first: boolean }) => object;
  /** A choice, from its delta and everything up to and including it. */
  readonly choice?: (delta: Fields, soFar: Fields) => Fields;
  /** An additional last chunk. */
  readonly last?: object;
}

const openaiPiece: NonNullable<Style['piece']> = (whole, args, { index, first }) =>
  first
    ? { index, ...whole, function: { name: whole.function.name, arguments: args } }
    : { index, function: { arguments: args } };
const withName = ({ function: { name } }: ToolCall, args: string) => ({ name, arguments: args });

const STYLES: Readonly<Record<string, Style>> = {
  'OpenAI’s style': {},
  'empty labels in later pieces': {
    piece: (whole, args, at) =>
      at.first
        ? openaiPiece(whole, args, at)
        : { index: at.index, id: '', type: '', function: { name: '', arguments: args } },
    choice: (delta) => ({ delta: { role: '', ...delta }, finish_reason: '' }),
  },
  'no index': {
    piece: (whole, args, { first }) =>
      first ? { ...whole, function: withName(whole, args) } : { id: 'null', function: { name: '', arguments: args } },
  },
  'no index, labels in each piece': {
    piece: (whole, args) => ({ ...whole, function: withName(whole, args) }),
    choice: (delta) => ({ delta: { role: 'assistant', ...delta } }),
  },
  'an index from 1, labels in each piece': {
    piece: (whole, args, { index }) => ({ index: index + 1, ...whole, function: withName(whole, args) }),
  },
  'an id for each piece': {
    piece: (whole, args, at) => ({
      ...openaiPiece(whole, args, at),
      ...(at.first ? {} : { id: `${whole.id}_${args}` }),
    }),
  },
  'the message so far beside each delta': { choice: (delta, message) => ({ delta, message }) },
  'a last chunk with empty labels': {
    last: {
      id: '',
      model: '',
      created: 0,
      choices: [{ index: 0, delta: { role: '' }, finish_reason: '' }],
    },
  },
  'a last chunk of nulls': {
    last: { id: null, model: null, choices: [{ index: 0, delta: { role: null, content: null }, finish_reason: null }] },
  },
};

/** A text in pieces of the next sizes. */
function cut(text: string, size: () => number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at = at + (pieces.at(-1)?.length ?? 1)) pieces.push(text.slice(at, at + size()));
  return pieces;
}

/** A part of a content in pieces. Plain text may be sent without its list. */
function contentsOf({ text, thinking }: Part, size: () => number): unknown[] {
  if (text !== undefined)
    return cut(text, size).map((piece) => (size() % 2 === 0 ? piece : [{ type: 'text', text: piece }]));
  return cut(thinking?.[0]?.text ?? '', size).map((piece) => [
    { type: 'thinking', thinking: [{ type: 'text', text: piece }] },
  ]);
}

function deltasOf(
  { message: { role, content, tool_calls: calls = [], ...texts } }: Choice,
  style: Style,
  size: () => number,
): Fields[] {
  const inPieces = Object.entries(texts).flatMap(([name, text]) =>
    cut(String(text), size).map((piece) => ({ [name]: piece })),
  );
  const list = Array.isArray(content) ? (content as Part[]) : [];
  const contents = typeof content === 'string' ? cut(content, size) : list.flatMap((part) => contentsOf(part, size));
  const pieces = calls.flatMap((each, index) =>
    cut(each.function.arguments, size).map((args, n) =>
      (style.piece ?? openaiPiece)(each, args, { index, first: n === 0 }),
    ),
  );
  return [
    { role },
    ...inPieces,
    ...contents.map((piece) => ({ content: piece })),
    ...pieces.map((piece) => ({ tool_calls: [piece] })),
  ];
}

function chunksOf(
  head: Fields,
  { choices, usage }: { choices: readonly Choice[]; usage: object },
  style: Style,
  size: () => number,
): object[] {
  const queues = choices.map((choice) => {
    const soFar: Fields = {};
    const sent = deltasOf(choice, style, size).map((delta) => {
      for (const [name, piece] of Object.entries(delta))
        soFar[name] = typeof piece === 'string' && typeof soFar[name] === 'string' ? soFar[name] + piece : piece;
      return { index: choice.index, finish_reason: null, ...(style.choice?.(delta, { ...soFar }) ?? { delta }) };
    });
    const logprobs = (choice.logprobs?.content ?? []).map((each) => ({
      index: choice.index,
      delta: {},
      logprobs: { content: [each] },
      finish_reason: null,
    }));
    return [...sent, ...logprobs, { index: choice.index, delta: {}, finish_reason: choice.finish_reason }];
  });
  const chunks: object[] = [];
  // The choices alternate, with so many chunks at a time.
  while (queues.some((queue) => queue.length > 0))
    for (const queue of queues) for (const each of queue.splice(0, size())) chunks.push({ ...head, choices: [each] });
  return [...chunks, { ...head, choices: [], usage }, ...(style.last === undefined ? [] : [{ ...style.last, usage }])];
}

test.each(Object.entries(STYLES))('an answer in any pieces is put together again: %s', (_, style) => {
  fc.assert(
    fc.property(
      completion,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 9 }),
      (answer, sizes) => {
        const expected = JSON.parse(JSON.stringify(answer)) as { choices: Choice[]; usage: object };
        const choices = expected.choices.map((choice, index) => ({ ...choice, index }));
        const head = { id: 'chatcmpl-1', created: 1_760_000_000, model: 'm' };
        let next = 0;
        const size = (): number => sizes[next++ % sizes.length] ?? 1;
        const chunks = chunksOf({ ...head, object: 'chat.completion.chunk' }, { ...expected, choices }, style, size);
        expect(aggregated(chunks)).toEqual({ ...head, object: 'chat.completion', choices, usage: expected.usage });
      },
    ),
  );
});
