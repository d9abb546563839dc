import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMessageReader, readMessage } from '../../../../src/dialects/anthropic/messages/read.ts';
import { createMessageWriter } from '../../../../src/dialects/anthropic/messages/write.ts';
import { decodeMessages } from '../../../../src/dialects/anthropic/messages/decode.ts';
import { MessageFold } from '../../../../src/dialects/anthropic/messages/message-fold.ts';
import type { WriterContext } from '../../../../src/dialects/neutral/api.ts';
import type { BlockEvent, BlockStart } from '../../../../src/dialects/neutral/block-event.ts';
import type { SseEvent } from '../../../../src/domain/stream-grammar.ts';
import type { Usage } from '../../../../src/domain/usage.ts';
import { fieldsOf } from '../../../../src/lib/record.ts';
import { callOf } from '../../../helpers/call.ts';
import { eventsIn, fixturesOf } from '../../../helpers/dialect-fixtures.ts';
import { checkMessageGrammar } from '../../../helpers/message-grammar.ts';

const BODY = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] };

function contextOf(stream = true): WriterContext {
  const call = callOf({ operation: 'messages', input: BODY, stream });
  return { call, request: decodeMessages(call), model: 'upstream-model' };
}

type Fields = Readonly<Record<string, unknown>>;
interface Written {
  readonly events: readonly Fields[];
  readonly message: Fields;
}

const valueOf = ({ data }: SseEvent): Fields => fieldsOf(JSON.parse(data.toString()));

/** What a writer makes of block events, as a stream. */
function written(events: readonly BlockEvent[], usage?: Usage): Written {
  const writer = createMessageWriter(contextOf());
  const out = events.flatMap((event) => writer.write(event));
  if (usage !== undefined) writer.usage(usage);
  out.push(...writer.finish());
  const fold = new MessageFold();
  for (const event of out) {
    expect(event.name).toBe(valueOf(event)['type']);
    fold.add(valueOf(event));
  }
  const values = out.map(valueOf);
  checkMessageGrammar(values);
  return { events: values, message: fieldsOf(fold.message()) };
}

const START: BlockEvent = { t: 'start', id: 'x1', model: 'x' };
const FINISH: BlockEvent = { t: 'finish', reason: 'stop' };
const open = (i: number, block: BlockStart): BlockEvent => ({ t: 'open', i, block });
const delta = (i: number, text: string): BlockEvent => ({ t: 'delta', i, text });
const close = (i: number): BlockEvent => ({ t: 'close', i });
const call = (id: string): BlockStart => ({ kind: 'call', id, name: 'f', freeform: false });

describe('the stream', () => {
  test('blocks of interleaved calls come one after the other, each whole', () => {
    const { message } = written([
      START,
      open(0, call('t1')),
      open(1, call('t2')),
      delta(0, '{"a"'),
      delta(1, '{"b"'),
      delta(1, ':2}'),
      delta(0, ':1}'),
      { t: 'finish', reason: 'tools' },
    ]);
    expect(message).toMatchObject({
      content: [
        { type: 'tool_use', id: 't1', input: { a: 1 } },
        { type: 'tool_use', id: 't2', input: { b: 2 } },
      ],
      stop_reason: 'tool_use',
    });
  });

  test('the first call is streamed while others wait', () => {
    const writer = createMessageWriter(contextOf());
    for (const event of [START, open(0, call('t1')), open(1, call('t2'))]) writer.write(event);
    expect(writer.write(delta(1, '{"b":')).length).toBe(0);
    expect(writer.write(delta(0, '{"a":')).length).toBe(1);
    expect(writer.write(close(0)).map(({ name }) => name)).toEqual([
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
    ]);
  });

  test('reasoning after text opens a new block, and a block that never grows is none', () => {
    const { message } = written([
      START,
      open(0, { kind: 'reasoning' }),
      open(1, { kind: 'text' }),
      open(2, { kind: 'text' }),
      delta(0, 'r1'),
      delta(1, 'a'),
      delta(0, 'r2'),
      delta(1, 'b'),
      FINISH,
    ]);
    expect(message['content']).toMatchObject([
      { type: 'thinking', thinking: 'r1', signature: '' },
      { type: 'text', text: 'a' },
      { type: 'thinking', thinking: 'r2', signature: '' },
      { type: 'text', text: 'b' },
    ]);
  });

  test('its own signatures stay raw, others are wrapped, and those of calls stand behind the call', () => {
    const { message } = written([
      START,
      open(0, { kind: 'reasoning' }),
      { t: 'opaque', i: 0, opaque: { issuer: 'anthropic', value: 'c2ln' } },
      close(0),
      open(1, { kind: 'redacted', opaque: { issuer: 'anthropic', value: 'eA' } }),
      close(1),
      open(2, { kind: 'redacted', opaque: { issuer: 'openai', value: 'gA' } }),
      open(3, call('t1')),
      { t: 'opaque', i: 3, opaque: { issuer: 'google', value: 'g' } },
      delta(3, '{}'),
      open(4, call('t2')),
      FINISH,
    ]);
    expect(message['content']).toMatchObject([
      { type: 'thinking', thinking: '', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'eA' },
      { type: 'thinking', thinking: '', signature: 'sw1.openai.Z0E' },
      { type: 'tool_use', id: 't1' },
      { type: 'thinking', thinking: '', signature: 'sw1.google.Zw' },
      { type: 'tool_use', id: 't2' },
    ]);
  });

  test('the input is estimated at its start and exact at its end, without what the cache has', () => {
    const usage: Usage = { input: 100, cachedInput: 75, output: 5, reasoning: 2, source: 'provider' };
    const { events } = written([START, open(0, { kind: 'text' }), delta(0, 'x'), FINISH], usage);
    const first = fieldsOf(fieldsOf(fieldsOf(events[0])['message'])['usage']);
    expect(first['input_tokens']).toBeGreaterThan(0);
    expect(events.at(-2)?.['usage']).toEqual({
      input_tokens: 25,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 75,
      output_tokens: 5,
      output_tokens_details: { thinking_tokens: 2 },
    });
  });

  test('an id of another API is replaced', () => {
    expect(written([START, FINISH]).message['id']).toMatch(/^msg_[\da-f]{24}$/);
    expect(written([{ t: 'start', id: 'msg_1' }, FINISH]).message['id']).toBe('msg_1');
  });
});

test('the JSON answer is what the events of its stream make', () => {
  const events: BlockEvent[] = [
    START,
    open(0, { kind: 'text' }),
    delta(0, 'a'),
    open(1, call('t')),
    delta(1, '{"a":1}'),
    FINISH,
  ];
  const writer = createMessageWriter(contextOf(false));
  for (const event of events) expect(writer.write(event)).toEqual([]);
  writer.finish();
  const { id: _own, ...whole } = fieldsOf(writer.whole());
  const { id: _other, ...streamed } = written(events).message;
  expect(whole).toEqual(streamed);
  expect(whole).toMatchObject({ type: 'message', role: 'assistant', content: [{ text: 'a' }, { input: { a: 1 } }] });
});

describe.each(fixturesOf('messages').filter(({ neutral }) => neutral !== undefined))('$id', (fixture) => {
  const { stream, response = {}, neutral } = fixture;

  test('what is read of it, written again, is the same answer', () => {
    const reader = createMessageReader();
    const events = eventsIn(stream).flatMap(({ data, name }) => reader.read(JSON.parse(data.toString()), name));
    for (const read of [events, readMessage(response)]) {
      const { message } = written(read);
      const blocks = Array.isArray(message['content']) ? message['content'].map(fieldsOf) : [];
      const textIn = (type: string, member: string): string =>
        blocks
          .filter((block) => block['type'] === type)
          .map((block) => block[member])
          .join('');
      // A refusal is text here.
      expect(textIn('text', 'text')).toBe(`${neutral?.text}${neutral?.refusal}`);
      expect(textIn('thinking', 'thinking')).toBe(neutral?.reasoning);
      expect(blocks.filter(({ type }) => type === 'tool_use').map(({ id, name, input }) => [id, name, input])).toEqual(
        neutral?.calls,
      );
      expect(message['stop_reason']).toBe(response['stop_reason']);
    }
  });
});

test('however blocks interleave, the events obey the grammar and lose no text', () => {
  const kinds = fc.constantFrom<BlockStart['kind'][]>('text', 'reasoning', 'call', 'refusal', 'redacted');
  const steps = fc.array(
    fc.tuple(fc.constantFrom('open', 'delta', 'opaque', 'close'), fc.nat(5), kinds, fc.string({ maxLength: 3 })),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const opened = new Map<number, BlockStart['kind']>();
      const closed = new Set<number>();
      const events: BlockEvent[] = [START];
      const sent = new Map<string, string[]>();
      let next = 0;
      for (const [what, at, kind, text] of all) {
        const i = next - 1 - at;
        if (what === 'open') {
          opened.set(next, kind);
          events.push(open(next, startOf(kind, next)));
          next++;
        } else if (opened.has(i) && !closed.has(i)) {
          const of = opened.get(i) ?? 'text';
          if (what === 'close') closed.add(i);
          if (what === 'close') events.push(close(i));
          else if (what === 'opaque') events.push({ t: 'opaque', i, opaque: { issuer: 'google', value: 'v' } });
          else if (of !== 'redacted') {
            events.push(delta(i, text));
            const key = of === 'call' ? `t${i}` : of === 'refusal' ? 'text' : of;
            sent.set(key, [...(sent.get(key) ?? []), text]);
          }
        }
      }
      const { events: out } = written([...events, FINISH]);
      // Pieces of one call stay in order; those of texts may only be moved behind a call.
      const got = new Map<string, string>();
      const ids = new Map<unknown, string>();
      for (const event of out) {
        const { index } = event;
        const block = fieldsOf(event['content_block']);
        if (event['type'] === 'content_block_start') ids.set(index, keyOf(block));
        const { text, thinking, partial_json: json } = fieldsOf(event['delta']);
        const piece = text ?? thinking ?? json;
        if (typeof piece === 'string') got.set(ids.get(index) ?? '', (got.get(ids.get(index) ?? '') ?? '') + piece);
      }
      for (const [key, pieces] of sent) {
        const text = got.get(key) ?? '';
        if (key.startsWith('t') && key !== 'text') expect(text).toBe(pieces.join(''));
        else expect(text.split('').toSorted()).toEqual(pieces.join('').split('').toSorted());
      }
      const calls = [...opened].filter(([, kind]) => kind === 'call').length;
      expect([...ids.values()].filter((id) => id !== 'text' && id !== 'reasoning' && id.startsWith('t')).length).toBe(
        calls,
      );
    }),
    { numRuns: 500 },
  );
});

/** The id of a call, or what else a block holds. */
function keyOf({ type, id }: Fields): string {
  if (typeof id === 'string') return id;
  return type === 'text' ? 'text' : 'reasoning';
}

function startOf(kind: BlockStart['kind'], i: number): BlockStart {
  switch (kind) {
    case 'call':
      return call(`t${i}`);
    case 'redacted':
      return { kind, opaque: { issuer: 'anthropic', value: 'v' } };
    case 'reasoning':
    case 'refusal':
      return { kind };
    case 'text':
    case 'foreign':
      return { kind: 'text' };
    // no default
  }
}
