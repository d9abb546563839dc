import { describe, expect, test } from 'vitest';
import { ANONYMOUS } from '../../../src/domain/principal.ts';
import type { TracedRequest } from '../../../src/domain/tracing.ts';
import type { Span, SpanIds } from '../../../src/observe/traces/span.ts';
import { UnrecordedTrace } from '../../../src/observe/traces/unrecorded-trace.ts';
import { type TraceText, writeSpans } from '../../../src/observe/traces/written-spans.ts';
import { readSpan, type ReceivedSpan } from '../../helpers/read-spans.ts';

const REQUEST: TracedRequest = {
  id: 'r',
  door: 'process',
  acceptedAt: 1_800_000_000_000.25,
  report: { head: undefined, operation: 'x', route: undefined, principal: ANONYMOUS, traceHeaders: undefined },
  redact: (text) => text,
};
const SPAN_ID = 'b7ad6b7169203331';
/** The client's span of a trace whose id ends in these 14 digits. */
const parentOf = (deciding: string, isSampled: boolean): SpanIds => ({
  traceId: `${'a'.repeat(18)}${deciding}`,
  spanId: SPAN_ID,
  isSampled,
  tracestate: 'vendor=1',
});

/** Begins a request's span that must be recorded. */
function begin(added: TraceText[], parent?: SpanIds): Span {
  const root = writeSpans({ sample: 1, add: (trace) => void added.push(trace) })(REQUEST, parent);
  if (root instanceof UnrecordedTrace) throw new Error('not recorded');
  return root;
}

const read = (added: readonly TraceText[]): ReceivedSpan[] =>
  added.flatMap(({ text }) =>
    JSON.parse(`[${text}]`).map((span: Parameters<typeof readSpan>[0]) => readSpan(span, {})),
  );

const isRecorded = (sample: number, parent?: SpanIds): boolean =>
  !(writeSpans({ sample, add: () => undefined })(REQUEST, parent) instanceof UnrecordedTrace);

describe('sampling', () => {
  test('records about its share of the traces that begin here', () => {
    const begins = writeSpans({ sample: 0.1, add: () => undefined });
    const recorded = Array.from({ length: 20_000 }, () => begins(REQUEST, undefined)).filter(
      (root) => !(root instanceof UnrecordedTrace),
    );
    // Six standard deviations of a binomial distribution to either side.
    expect(recorded.length).toBeGreaterThan(2000 - 255);
    expect(recorded.length).toBeLessThan(2000 + 255);
  });

  test('decides by the id: what a share records, a larger one records too', () => {
    const kept: string[] = [];
    const half = writeSpans({ sample: 0.5, add: () => undefined });
    for (let n = 0; n < 200; n++) {
      const root = half(REQUEST, undefined);
      if (!(root instanceof UnrecordedTrace)) kept.push(root.ids.traceId);
    }
    // The most significant one of the last 56 bits, by the specification's threshold.
    expect(kept.every((traceId) => Number.parseInt(traceId.slice(18, 20), 16) >= 0x80)).toBe(true);
    expect(kept.length).toBeGreaterThan(50);
  });

  test('0 records none and 1 records all', () => {
    for (let n = 0; n < 500; n++) expect([isRecorded(0), isRecorded(1)]).toEqual([false, true]);
  });

  test.each([
    [true, 0],
    [false, 1],
  ])('of a client’s trace follows the client: %j with a share of %d', (isSampled, sample) => {
    expect(isRecorded(sample, parentOf('f'.repeat(14), isSampled))).toBe(isSampled);
    expect(isRecorded(sample, parentOf('0'.repeat(14), isSampled))).toBe(isSampled);
  });
});

test('the trace of a request that is not recorded names one span each time that it is sent', () => {
  const trace = writeSpans({ sample: 1, add: () => undefined })(REQUEST, parentOf('0'.repeat(14), false));
  if (!(trace instanceof UnrecordedTrace)) throw new Error('recorded');
  const { traceId } = parentOf('0'.repeat(14), false);
  expect(trace.traceId).toBe(traceId);
  expect(trace.headers).toEqual(trace.headers);
  expect(trace.headers).toEqual({
    traceparent: expect.stringMatching(new RegExp(`^00-${traceId}-(?!${SPAN_ID})[\\da-f]{16}-00$`)),
    tracestate: 'vendor=1',
  });
});

test('the spans of a request are added together once its own has ended, and say where they belong', () => {
  const added: TraceText[] = [];
  const root = begin(added, parentOf('0'.repeat(14), true));
  const inner = root.child({ name: 'inner', kind: 'client', startedAt: 1_800_000_000_001 });
  inner.end(1_800_000_000_002.5);
  expect(added).toEqual([]);
  root.rename('outer');
  root.end(1_800_000_000_003);
  expect(added.map(({ spans }) => spans)).toEqual([2]);
  expect(read(added)).toMatchObject([
    { name: 'inner', kind: 'CLIENT', parentSpanId: root.ids.spanId, startedAt: 1_800_000_000_001 },
    { name: 'outer', kind: 'INTERNAL', parentSpanId: SPAN_ID, traceId: root.ids.traceId },
  ]);
  const [child, own] = JSON.parse(`[${added[0]?.text}]`) as object[];
  expect(child).toMatchObject({ flags: 0x101, traceState: 'vendor=1', endTimeUnixNano: '1800000000002500000' });
  expect(own).toMatchObject({ flags: 0x301, traceState: 'vendor=1', startTimeUnixNano: '1800000000000250000' });
});

test('texts that JSON escapes, and halves of characters, stay readable', () => {
  const added: TraceText[] = [];
  const root = begin(added);
  const text = '"quoted"\n\\ \u2028 é 漢 \u{1F600}';
  root.rename(text);
  root.set('a', text);
  root.set('b', [text, 'x\uD83D']);
  root.addEvent(text.slice(0, 0), 1, { c: text, left: undefined });
  root.end(2);
  const [span] = read(added);
  expect([span?.name, span?.attributes]).toEqual([text, { a: text, b: [text, 'x\uFFFD'] }]);
  expect(span?.events).toEqual([{ name: '', attributes: { c: text } }]);
});

test('a span has at most 128 events, and says how many it lacks', () => {
  const added: TraceText[] = [];
  const root = begin(added);
  for (let n = 0; n < 200; n++) root.addEvent('skipped', n, {});
  root.end(1);
  expect(read(added)[0]?.events).toHaveLength(128);
  expect(JSON.parse(added[0]?.text ?? '')).toMatchObject({ droppedEventsCount: 72 });
});
