import { expect, test } from 'vitest';
import { anthropicMessages } from '../../src/dialects/anthropic/messages/codec.ts';
import type { StreamEnd } from '../../src/domain/event-stream.ts';
import type { Usage } from '../../src/domain/usage.ts';
import { fieldsOf } from '../../src/lib/record.ts';
import type { Reply } from '../../src/testing/index.ts';
import { attempted } from '../helpers/attempted.ts';
import { callOf } from '../helpers/call.ts';
import { eventsIn, fixturesOf } from '../helpers/dialect-fixtures.ts';
import { checkMessageGrammar } from '../helpers/message-grammar.ts';

const FIXTURES = fixturesOf('messages');
const INPUT = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
const asked = (stream: boolean) => callOf({ operation: 'messages', input: INPUT, stream });

interface Ended {
  readonly end?: StreamEnd;
  readonly usage?: Usage | undefined;
}

function named(id: string) {
  const found = FIXTURES.find((fixture) => fixture.id === `messages/${id}`);
  if (found === undefined) throw new TypeError(`There is no fixture ${id}.`);
  return found;
}

const streamOf = (id: string): Reply => ({
  headers: { 'content-type': 'text/event-stream' },
  chunks: [named(id).stream],
});

async function streamed(reply: Reply): Promise<{ text: string; ended: Ended; result: unknown }> {
  let ended: Ended = {};
  const listener = { streamEnded: (each: Ended) => void (ended = each) };
  const { result, text } = await attempted(reply, anthropicMessages, { call: asked(true), listener });
  return { text, ended, result };
}

test.each(['01-text', '04-tools-parallel', '06-thinking', '17-pings', '26-server-tool'])(
  'the stream of %s passes byte for byte',
  async (id) => {
    const { text, ended } = await streamed(streamOf(id));
    expect(text).toBe(named(id).stream.toString('utf8'));
    expect(ended).toMatchObject({ end: { kind: 'complete' }, usage: { input: named(id).neutral?.usage.input } });
  },
);

test('a stream without its last event gets it', async () => {
  const { text, ended } = await streamed(streamOf('22-no-message-stop'));
  expect(text.endsWith('event: message_stop\ndata: {"type":"message_stop"}\n\n')).toBe(true);
  expect(ended.end?.kind).toBe('complete');
});

test('an error before the first token fails the attempt, and one after it the stream', async () => {
  expect((await streamed(streamOf('18-error-first'))).result).toMatchObject({ failure: { kind: 'overloaded' } });
  expect((await streamed(streamOf('19-error-after-start'))).result).toMatchObject({ kind: 'failed' });
  const { text, ended } = await streamed(streamOf('20-error-middle'));
  expect(ended.end?.kind).toBe('failed');
  expect(text).not.toContain('message_stop');
});

test('a stream that is cut costs what its text says, and not the one token of its start', async () => {
  const { ended } = await streamed(streamOf('21-truncated'));
  expect(ended.end?.kind).toBe('failed');
  expect(ended.usage?.output).toBeGreaterThan(1);
  expect(ended.usage).toMatchObject({ source: 'provider', approximate: true });
});

test('JSON in place of a stream becomes its named events', async () => {
  const { text, ended } = await streamed({ body: named('04-tools-parallel').response });
  expect(ended.end?.kind).toBe('complete');
  const events = eventsIn(Buffer.from(text));
  checkMessageGrammar(events.map(({ data }) => fieldsOf(JSON.parse(data.toString()))));
  for (const { name, data } of events) expect(fieldsOf(JSON.parse(data.toString()))['type']).toBe(name);
});

test('a large answer in place of a stream is named too', async () => {
  const long = 'x'.repeat(300_000);
  const { text } = await streamed({ body: { ...named('01-text').response, content: [{ type: 'text', text: long }] } });
  expect(text).toContain(
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${long}"}}\n\n`,
  );
});

test('a stream in place of JSON becomes the message', async () => {
  const { result } = await attempted(streamOf('07-thinking-tool'), anthropicMessages, { call: asked(false) });
  expect(result).toMatchObject({
    kind: 'answered',
    answer: { kind: 'json', value: named('07-thinking-tool').response },
  });
});

test('an error in a 200 fails the attempt', async () => {
  const body = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  const { result } = await attempted({ body }, anthropicMessages, { call: asked(false) });
  expect(result).toMatchObject({ kind: 'failed', failure: { kind: 'overloaded' } });
});
