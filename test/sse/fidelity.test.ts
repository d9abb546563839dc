import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventScanner } from '../../src/sse/event-scanner.ts';
import { DONE, STOP, STREAM, WHOLE } from '../doors/replies.ts';
import { DOORS, textOf } from '../helpers/doors.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

/** Texts as models write them: scripts of every width, joined emoji, both directions, and characters that JSON escapes. */
const words = fc.string({
  unit: fc.constantFrom('a', ' ', 'é', '漢', '😀', '👩‍👩‍👧', 'ש', '‏', '\u2028', '\n', '"', '\\', '\u0000'),
  maxLength: 12,
});
const chunkJson = (content: string, extra: unknown): string =>
  JSON.stringify({ x: extra, choices: [{ index: 0, delta: { content }, n: 1 }] }).replace(
    '"n":1',
    '"n":9007199254740993',
  );

/** The form in which one event is written; `split` splits the JSON at a comma between members. */
const framing = fc.record({
  eol: fc.constantFrom('\n', '\r\n', '\r'),
  blank: fc.boolean(),
  before: fc.constantFrom('', ': ping', 'id: 7', 'retry: 1', 'x: y', 'event: message', ':'),
  between: fc.constantFrom('', ': ping', '', 'data:'),
  split: fc.boolean(),
});

interface Framing {
  readonly eol: string;
  readonly blank: boolean;
  readonly before: string;
  readonly between: string;
  readonly split: boolean;
}

function written(json: string, { eol, blank, before, between, split }: Framing): string {
  const field = blank ? 'data: ' : 'data:';
  const data = split ? json.replace(',"choices"', `,${eol}${field}"choices"`) : json;
  const lines = [...(between === '' ? [] : [between, '']), ...(before === '' ? [] : [before]), field + data, '', ''];
  return lines.join(eol);
}

const streams = fc.record({
  events: fc.array(fc.tuple(words, fc.json({ maxDepth: 2 }), framing), { minLength: 1, maxLength: 8 }),
  mark: fc.boolean(),
  cuts: fc.array(fc.nat(2000), { maxLength: 20 }),
});

function bytesOf({ events, mark }: { events: [string, string, Framing][]; mark: boolean }): Buffer {
  const text = events.map(([content, extra, how]) => written(chunkJson(content, JSON.parse(extra)), how)).join('');
  return Buffer.from((mark ? '\uFEFF' : '') + text);
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((at) => Math.min(at, bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

test('any stream in any framing and any cut gives the events of the reference parser', () => {
  fc.assert(
    fc.property(streams, ({ cuts, ...stream }) => {
      const bytes = bytesOf(stream);
      const expected: string[] = [];
      const reference = createParser({ onEvent: ({ data }) => data !== '' && expected.push(data) });
      reference.feed(bytes.toString('utf8'));
      reference.feed('\n\n');
      const events: string[] = [];
      const scanner = createEventScanner(({ data }) => events.push(data.toString('utf8')));
      for (const piece of cut(bytes, cuts)) scanner.push(piece);
      scanner.end();
      expect(events).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('any stream in any framing and packets gives its client the same text, over REST and tRPC', async () => {
  await fc.assert(
    fc.asyncProperty(streams, fc.boolean(), async ({ cuts, ...stream }, slow) => {
      const pieces = cut(Buffer.concat([bytesOf(stream), Buffer.from(STOP + DONE)]), cuts);
      const chunks = slow ? pieces.flatMap((piece) => [{ delay: 1 }, piece]) : pieces;
      await using rig = await startRig([{ headers: STREAM, chunks }]);
      const text = stream.events.map(([content]) => content).join('');
      for (const way of ['REST over HTTP', 'tRPC by our client'] as const) {
        const received = await DOORS[way]!.stream(rig, HELLO);
        expect([received.code, textOf(received)]).toEqual(['ok', text]);
      }
    }),
    { numRuns: 40 },
  );
});

test('ST-01 a stream cut at any byte reaches the client byte for byte', async () => {
  const bytes = Buffer.from(WHOLE.replaceAll('of', '👩‍👩‍👧 ‏שלום 漢字'));
  await using rig = await startRig([
    (_, n) => ({ headers: STREAM, chunks: [bytes.subarray(0, n), bytes.subarray(n)] }),
  ]);
  for (let at = 0; at < bytes.length; at += 3) {
    const response = await post(rig.gateway.fetch, 'http://spillway/v1/chat/completions', { ...HELLO, stream: true });
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  }
});
