import { describe, expect, test } from 'vitest';
import type { BlockEvent } from '../../../../src/dialects/neutral/block-event.ts';
import { translatedCodec } from '../../../../src/dialects/neutral/translated-codec.ts';
import { responsesClient, responsesProvider } from '../../../../src/dialects/openai/responses/api.ts';
import { readResponseUsage } from '../../../../src/dialects/openai/responses/usage.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { eventsIn, fixturesOf } from '../../../helpers/dialect-fixtures.ts';
import { caseOf, contextOf, dataOf, shownBy } from './fixtures.ts';
import { folded, meaningOf } from './meaning.ts';
import { checkedResponse, writtenEvents } from './response-events.ts';

type Fields = Record<string, unknown>;

const ANSWERS = fixturesOf('responses').flatMap(({ id, request, response, neutral, stream }) =>
  response === undefined || neutral === undefined ? [] : [{ id, request, response, neutral, stream }],
);

function readEvents(events: readonly Fields[]): readonly BlockEvent[] {
  const reader = responsesProvider.reader(contextOf());
  return [...events.flatMap((event) => reader.read(event, undefined)), ...reader.end()];
}

function readStream(stream: Buffer): readonly BlockEvent[] {
  const reader = responsesProvider.reader(contextOf());
  const { events } = shownBy(responsesProvider.own.grammar(contextOf()), eventsIn(stream));
  return [...events.flatMap((event) => reader.read(dataOf(event), event.name)), ...reader.end()];
}

describe.each(ANSWERS.map((each) => [each.id, each] as const))('%s', (_id, { request, response, neutral, stream }) => {
  test('its stream means what it says', () => {
    expect(meaningOf(readStream(stream), readResponseUsage(response['usage']))).toEqual(neutral);
  });

  test('its JSON means what it says', () => {
    const events = responsesProvider.readWhole(response, contextOf());
    expect(meaningOf(events, readResponseUsage(response['usage']))).toEqual(neutral);
  });

  test.each([
    ['deltas', (type: string) => !type.endsWith('.delta')],
    [
      'events of parts',
      (type: string) => !/content_part|summary_part|\.delta$|text\.done$|arguments\.done$/.test(type),
    ],
    ['items', (type: string) => /created|completed|incomplete$/.test(type)],
  ] as const)('without its %s it means the same', (_what, keeps) => {
    const events = eventsIn(stream)
      .filter(({ data }) => data.toString() !== '[DONE]')
      .map(dataOf)
      .filter(({ type }) => keeps(String(type)));
    expect(meaningOf(readEvents(events), readResponseUsage(response['usage']))).toEqual(neutral);
  });

  test('translated to the same API it means the same, as a stream and as JSON', () => {
    const codec = translatedCodec(responsesClient, responsesProvider);
    const context = contextOf(request.body);
    const { events, complete } = shownBy(codec.grammar(context), eventsIn(stream));
    expect(complete).toBe(true);
    const written = writtenEvents(events);
    const whole = checkedResponse(written);
    const usage = readResponseUsage(whole['usage']);
    expect(meaningOf(readEvents(written), usage)).toEqual(neutral);
    const body = codec.translate && usage && runAtOnce(codec.translate(response, usage, context));
    const { output, ...others } = JSON.parse(String(body)) as { output: Fields[] };
    expect(meaningOf(responsesProvider.readWhole({ ...others, output }, context), usage)).toEqual(neutral);
  });
});

const encryptedItem = (encrypted: string, summary: readonly object[]) => ({
  type: 'response.output_item.done',
  output_index: 0,
  item: { type: 'reasoning', summary, encrypted_content: encrypted },
});
const foldedBlocks = (event: Fields) => folded(readEvents([event])).blocks;
const summaryDelta = (index: number, text: string) => ({
  type: 'response.reasoning_summary_text.delta',
  output_index: 0,
  summary_index: index,
  delta: text,
});
const deltaOfId = (id: string, text: string) => ({ type: 'response.output_text.delta', item_id: id, delta: text });

describe('events', () => {
  test('a sign of life before the response begins nothing', () => {
    const created = { type: 'response.created', response: { id: 'resp_a', model: 'gpt' } };
    const events = readEvents([{ type: 'keepalive', sequence_number: 0 }, { type: 'response.waiting' }, created]);
    expect(events).toMatchObject([{ t: 'start', id: 'resp_a', model: 'gpt' }]);
  });

  test('D58: arguments that come only at the end are not lost', () => {
    const events = readEvents(caseOf('D58').in as Fields[]);
    expect(folded(events).blocks).toMatchObject([{ start: { kind: 'call', id: 't1', name: 'f' }, text: '{"a":1}' }]);
  });

  test('citations are read once, with their places', () => {
    const fixture = ANSWERS.find(({ id }) => id.endsWith('24-web-search'));
    const { blocks } = folded(readStream(fixture?.stream ?? Buffer.alloc(0)));
    expect(blocks.find(({ start }) => start.kind === 'text')?.citations).toEqual([
      { url: 'https://example.com/', title: 'Example', start: 0, end: 5 },
    ]);
    expect(blocks.find(({ start }) => start.kind === 'foreign')?.start).toMatchObject({
      family: 'openai',
      value: { type: 'web_search_call' },
    });
  });

  test('encrypted reasoning is signed by OpenAI, or by the issuer of its envelope', () => {
    expect(foldedBlocks(encryptedItem('gAAA', [{ type: 'summary_text', text: 'a' }]))).toMatchObject([
      { start: { kind: 'reasoning' }, text: 'a', opaque: { issuer: 'openai', value: 'gAAA' } },
    ]);
    expect(foldedBlocks(encryptedItem(`sw1.google.${Buffer.from('x').toString('base64url')}`, []))).toMatchObject([
      { start: { kind: 'redacted', opaque: { issuer: 'google', value: 'x' } } },
    ]);
  });

  test('parts of a summary are apart by a blank line', () => {
    expect(folded(readEvents([summaryDelta(0, 'a'), summaryDelta(0, 'b'), summaryDelta(1, 'c')])).blocks).toMatchObject(
      [{ text: 'ab\n\nc' }],
    );
  });

  test('items without indexes are distinguished by their ids', () => {
    const events = readEvents([deltaOfId('a', '1'), deltaOfId('b', '2'), deltaOfId('a', '3')]);
    expect(folded(events).blocks.map(({ text }) => text)).toEqual(['13', '2']);
  });

  test.each([
    [null],
    ['text'],
    [{ type: 'response.output_text.delta', delta: 1, output_index: 'x' }],
    [{ type: 'response.output_item.done', item: null }],
    [{ type: 'response.output_item.done', item: { type: 'message', content: 1 } }],
    [{ type: 'response.completed', response: 1 }],
    [{ type: 'response.content_part.done', part: [] }],
    [{ type: 'response.output_text.annotation.added', annotation: { type: 'url_citation', url: 1 } }],
  ])('what is no event of the API does no harm: %j', (value) => {
    const reader = responsesProvider.reader(contextOf());
    expect(reader.read(value, undefined).filter(({ t }) => t === 'open' || t === 'delta')).toEqual([]);
  });
});
