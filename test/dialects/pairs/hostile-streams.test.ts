import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecOf } from '../../../src/dialects/codec-of.ts';
import { DIALECTS, type Dialect } from '../../../src/domain/chain.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { SseEvent } from '../../../src/domain/stream-grammar.ts';
import { parseJson } from '../../../src/lib/parse-json.ts';
import { fieldsOf } from '../../../src/lib/record.ts';
import { OPERATIONS } from '../../../src/operations/operations.ts';
import { callOf } from '../../helpers/call.ts';
import { type Damage, damage, damaged } from '../../helpers/damage.ts';
import { eventsIn, fixturesOf } from '../../helpers/dialect-fixtures.ts';
import { checkMessageGrammar } from '../../helpers/message-grammar.ts';
import { streamed, type Streamed, valuesOf } from '../../helpers/streamed.ts';
import { targetOf } from '../../helpers/target.ts';
import { checkedResponse, writtenEvents } from '../openai/responses/response-events.ts';

const FIXTURES: Readonly<Record<Dialect, 'chat' | 'responses' | 'messages'>> = {
  openai: 'chat',
  'openai-responses': 'responses',
  anthropic: 'messages',
};
const TOOLS = ['get_weather', 'f', 'apply_patch'];
const CALLS = {
  'chat.completions': callOf({ input: { model: 'm', messages: [{ role: 'user', content: 'a' }] }, stream: true }),
  completions: callOf({ operation: 'completions', input: { model: 'm', prompt: 'a' }, stream: true }),
  responses: callOf({
    operation: 'responses',
    input: { model: 'm', input: 'a', tools: TOOLS.map((name) => ({ type: 'custom', name })) },
    stream: true,
  }),
  messages: callOf({
    operation: 'messages',
    input: { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'a' }] },
    stream: true,
  }),
};
const RUNS = 200;
type Client = keyof typeof CALLS;

/** What is wrong with a stream: its events are dropped, repeated, moved, cut, or have another member. */
const change = fc.record({
  kind: fc.constantFrom('drop', 'repeat', 'move', 'cut', 'member', 'member', 'rename', 'end'),
  at: fc.nat(200),
  to: fc.nat(200),
  damages: fc.array(damage, { minLength: 1, maxLength: 3 }),
});
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

function changed(events: readonly SseEvent[], changes: readonly Change[]): readonly SseEvent[] {
  const all = [...events];
  for (const { kind, at: from, to, damages } of changes) {
    const at = from % Math.max(1, all.length);
    const event = all[at];
    if (event === undefined) continue;
    switch (kind) {
      case 'drop':
        all.splice(at, 1);
        break;
      case 'repeat':
        all.splice(to % all.length, 0, event);
        break;
      case 'move':
        all.splice(at, 1);
        all.splice(to % (all.length + 1), 0, event);
        break;
      case 'cut':
        all[at] = withData(event, event.data.subarray(0, to % (event.data.length + 1)));
        break;
      case 'member':
        all[at] = withMembers(event, damages);
        break;
      case 'rename':
        all[at] = { ...event, name: event.name === undefined ? 'message' : undefined, plain: undefined };
        break;
      case 'end':
        all.length = at + 1;
        break;
    }
  }
  return all;
}

function withData({ name }: SseEvent, data: Buffer): SseEvent {
  return { name, data, plain: undefined };
}

function withMembers(event: SseEvent, damages: readonly Damage[]): SseEvent {
  const value = parseJson(event.data.toString('utf8'));
  return value === undefined ? event : withData(event, Buffer.from(JSON.stringify(damaged(value, damages)) ?? ''));
}

/** What the client of an API is shown. Only a complete stream has an end. */
const CHECKS: Readonly<Record<Client, (shown: readonly SseEvent[], complete: boolean) => void>> = {
  'chat.completions': (shown, complete) => checkChunks(shown, complete),
  completions: (shown, complete) => checkChunks(shown, complete),
  responses(shown, complete) {
    const events = writtenEvents(shown);
    if (complete) return void checkedResponse(events);
    expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()]);
    expect(events.map(({ type }) => type)).not.toContain('response.completed');
  },
  messages(shown, complete) {
    const events = valuesOf(shown).map(fieldsOf);
    expect(shown.map(({ name }) => name)).toEqual(events.map(({ type }) => type));
    if (complete) return checkMessageGrammar(events);
    // It is whole with an end.
    if (events.length > 0) expect(events[0]?.['type']).toBe('message_start');
    expect(events.map(({ type }) => type)).not.toContain('message_delta');
    expect(events.map(({ type }) => type)).not.toContain('message_stop');
  },
};

function checkChunks(shown: readonly SseEvent[], complete: boolean): void {
  const chunks = valuesOf(shown);
  expect(new Set(chunks.map((chunk) => fieldsOf(chunk)['id'])).size).toBeLessThan(2);
  const choices = chunks.map((chunk) => {
    const list = fieldsOf(chunk)['choices'];
    expect(Array.isArray(list)).toBe(true);
    return fieldsOf(Array.isArray(list) ? list[0] : undefined);
  });
  const ended = choices.findIndex(({ finish_reason: reason }) => typeof reason === 'string');
  expect(ended !== -1).toBe(complete);
  if (ended !== -1) for (const choice of choices.slice(ended + 1)) expect(choice).toEqual({});
}

/** The pairs of APIs of which the stream is translated. Every other pair passes it on. */
const PAIRS = (Object.keys(CALLS) as Client[]).flatMap((client) =>
  DIALECTS.filter((dialect) => codecOf(OPERATIONS[client], dialect).translate !== undefined).map((dialect) => ({
    client,
    dialect,
  })),
);

test('every API translates the streams of another', () => {
  expect(new Set(PAIRS.map(({ client }) => client)).size).toBe(Object.keys(CALLS).length);
});

describe.each(PAIRS)('a damaged stream of $dialect to a client of $client', ({ client, dialect }) => {
  const codec = codecOf(OPERATIONS[client], dialect);
  const target = targetOf({ dialect });
  const streams = fixturesOf(FIXTURES[dialect]).map(({ stream }) => eventsIn(stream));
  const read = (events: readonly SseEvent[]): Streamed =>
    streamed(codec, events, { call: CALLS[client], quirks: target.quirks, model: 'm' });

  test('obeys the grammar of its API, and ends only where it is complete', () => {
    const arbitrary = fc.tuple(fc.nat(streams.length - 1), fc.array(change, { maxLength: 6 }));
    fc.assert(
      fc.property(arbitrary, ([stream, changes]) => {
        const { shown, complete, grammar } = read(changed(streams[stream] ?? [], changes));
        CHECKS[client](shown, complete);
        grammar.failed?.(new GatewayError('upstream_failed', { message: 'no' }));
      }),
      { numRuns: RUNS },
    );
  });
});
