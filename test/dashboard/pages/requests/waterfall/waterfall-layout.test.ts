import fc from 'fast-check';
import type { RequestRecord, RequestStep } from 'spillway/client';
import { expect, test } from 'vitest';
import { lanesOf } from '../../../../../dashboard/pages/requests/waterfall/lanes.ts';
import { pictureOf } from '../../../../../dashboard/pages/requests/waterfall/record-picture.ts';
import {
  COMMIT_SHARE,
  layOut,
  type WaterfallLayout,
} from '../../../../../dashboard/pages/requests/waterfall/waterfall-layout.ts';
import { makeFailover, makeRecord, makeSkipped, makeStep } from '../record.ts';

const CLOSED = { opened: new Set<string>(), showAll: false };

function layoutOf(record: RequestRecord, width = 668): WaterfallLayout {
  const picture = pictureOf(record);
  return layOut(picture, lanesOf(picture, CLOSED), width);
}

/** Any request that a chain can make: attempts one after the other, skipped entries between them, and an end. */
const anyRecord = fc
  .record({
    steps: fc.array(
      fc.record({
        kind: fc.constantFrom('failed', 'skipped', 'cancelled'),
        gap: fc.double({ min: 0, max: 500, noNaN: true }),
        duration: fc.double({ min: 0, max: 60_000, noNaN: true }),
        connected: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      }),
      { maxLength: 20 },
    ),
    answer: fc.option(fc.double({ min: 0, max: 5000, noNaN: true })),
    rest: fc.double({ min: 0, max: 120_000, noNaN: true }),
    queued: fc.constantFrom(0, 0, 40, 3000),
    stream: fc.boolean(),
    code: fc.constantFrom('ok', 'client_closed', 'upstream_truncated', 'deadline_exceeded'),
  })
  .map(({ steps, answer, rest, queued, stream, code }) => {
    let now = queued;
    const trail = steps.map(({ kind, gap, duration, connected }): RequestStep => {
      if (kind === 'skipped') return makeSkipped({ model: `m${now}` });
      const started = now + gap;
      now = started + duration;
      const times = { started_ms: started, duration_ms: duration };
      const outcome = kind === 'failed' ? 'overloaded' : 'cancelled';
      return makeStep({ outcome, ...times, connected_ms: connected === null ? null : connected * duration });
    });
    if (answer === null)
      return makeRecord({ trail, stream, queued_ms: queued, committed_ms: null, total_ms: now + rest, code });
    const committed = now + answer;
    const answered = makeStep({ started_ms: now, duration_ms: answer, connected_ms: answer / 3 });
    const ended = { committed_ms: committed, total_ms: committed + (stream ? rest : 0) };
    return makeRecord({ trail: [...trail, answered], stream, queued_ms: queued, ...ended, code });
  });

const anyWidth = fc.integer({ min: 160, max: 1600 });

test('segments lie within the width, in order, and none is narrower than 2 px', () => {
  fc.assert(
    fc.property(anyRecord, anyWidth, (record, width) => {
      for (const { segments } of layoutOf(record, width).lanes) {
        let end = 0;
        for (const segment of segments) {
          expect(segment.x).toBeGreaterThanOrEqual(end - 1e-6);
          expect(segment.width).toBeGreaterThanOrEqual(2 - 1e-6);
          end = segment.x + segment.width;
        }
        expect(end).toBeLessThanOrEqual(width + 1e-6);
      }
    }),
  );
});

test('the sums follow each other and add up to the total', () => {
  fc.assert(
    fc.property(anyRecord, anyWidth, (record, width) => {
      const { sums } = layoutOf(record, width);
      let end = 0;
      for (const { from, to } of sums) {
        expect(from).toBe(end);
        expect(to).toBeGreaterThanOrEqual(from);
        end = to;
      }
      expect(end).toBe(pictureOf(record).total);
    }),
  );
});

test('a stream is split at 62 % of the width, and nothing of the time before is drawn behind it', () => {
  fc.assert(
    fc.property(anyRecord, anyWidth, (record, width) => {
      const { scale, commit, lanes } = layoutOf(record, width);
      if (scale.split === null) return;
      expect(scale.split).toBeCloseTo(width * COMMIT_SHARE, 6);
      expect(commit?.x).toBeCloseTo(scale.split, 6);
      for (const segment of lanes.flatMap(({ segments }) => segments)) {
        if (segment.phase === 'streaming') expect(segment.x).toBeGreaterThanOrEqual(scale.split - 1e-6);
        else expect(segment.x + segment.width).toBeLessThanOrEqual(scale.split + 1e-6);
      }
    }),
  );
});

test('ticks lie within the width, and far enough from each other for their labels', () => {
  fc.assert(
    fc.property(anyRecord, anyWidth, (record, width) => {
      const { ticks } = layoutOf(record, width);
      ticks.forEach(({ x }, at) => {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(width);
        const next = ticks[at + 1];
        if (next !== undefined) expect(next.x - x).toBeGreaterThanOrEqual(33);
      });
      expect(ticks.length).toBeLessThan(40);
    }),
  );
});

test('a failover is drawn with its phases, its cap, the diamond, and the fall to the next start', () => {
  const { lanes, falls, sums, commit } = layoutOf(makeFailover());
  expect(lanes.map(({ segments }) => segments.map(({ phase }) => phase))).toEqual([
    ['connecting', 'waiting'],
    [],
    ['connecting', 'waiting', 'streaming'],
  ]);
  expect(lanes[0]?.cap).toMatchObject({ kind: 'failed', at: 219 });
  expect(lanes[1]?.diamond).toBeCloseTo((219 / 642) * 668 * COMMIT_SHARE, 3);
  expect(lanes[2]?.cap).toBeNull();
  expect(falls).toHaveLength(1);
  expect(falls[0]).toMatchObject({ fromLane: 0, toLane: 2, arrow: true, hedge: false });
  expect(sums.map(({ kind, from, to }) => [kind, from, to])).toEqual([
    ['lost', 0, 220],
    ['first', 220, 642],
    ['stream', 642, 3021],
  ]);
  expect(commit?.splits).toBe(true);
});

test('an answer in one piece has one scale, with the commit at the answer', () => {
  const { scale, commit, lanes, sums } = layoutOf(
    makeRecord({ stream: false, committed_ms: 700, total_ms: 700.3, trail: [makeStep({ duration_ms: 700 })] }),
  );
  expect(scale.split).toBeNull();
  expect(commit?.splits).toBe(false);
  expect(commit?.x).toBeCloseTo((700 / 700.3) * 668, 3);
  expect(lanes[0]?.cap?.kind).toBe('answer');
  expect(sums.map(({ kind }) => kind)).toEqual(['first']);
});

test('a stream that fails after the commit has its red cap in what the client has seen', () => {
  const layout = layoutOf(makeRecord({ code: 'upstream_truncated' }));
  expect(layout.lanes[0]?.cap).toMatchObject({ kind: 'failed', x: 668, at: 400 });
});

test('a stream that the client leaves is cut, not failed', () => {
  expect(layoutOf(makeRecord({ code: 'client_closed', status: 499 })).lanes[0]?.cap?.kind).toBe('cut');
});

test('an attempt that lost against its hedge is grey, and the hedge falls from it while it runs', () => {
  const { lanes, falls, sums } = layoutOf(
    makeRecord({
      committed_ms: 700,
      total_ms: 900,
      trail: [
        makeStep({ provider: 'slow', outcome: 'cancelled', reason: 'hedge_lost', duration_ms: 700 }),
        makeStep({ hedge: true, started_ms: 400, duration_ms: 300 }),
      ],
    }),
  );
  expect(lanes.map(({ segments }) => segments[0]?.fate)).toEqual(['lost', 'answered']);
  expect(falls).toEqual([expect.objectContaining({ fromLane: 0, toLane: 1, hedge: true })]);
  expect(falls[0]?.fromX).toBeCloseTo((400 / 700) * 668 * COMMIT_SHARE, 3);
  expect(sums.map(({ kind, to }) => [kind, to])).toEqual([
    ['waited', 400],
    ['first', 700],
    ['stream', 900],
  ]);
});

test('the wait in the queue is a part of the first lane, before its attempt', () => {
  const { lanes, sums } = layoutOf(
    makeRecord({ queued_ms: 300, committed_ms: 500, trail: [makeStep({ started_ms: 300, duration_ms: 200 })] }),
  );
  expect(lanes[0]?.segments.map(({ phase }) => phase)).toEqual(['queued', 'waiting', 'streaming']);
  expect(sums[0]).toMatchObject({ kind: 'waited', to: 300 });
});

test('without a commit there is one scale and one sum', () => {
  const { scale, commit, sums } = layoutOf(
    makeRecord({
      committed_ms: null,
      total_ms: 812,
      code: 'all_providers_exhausted',
      status: 503,
      trail: [makeStep({ outcome: 'silent', duration_ms: 812 })],
    }),
  );
  expect(scale.split).toBeNull();
  expect(commit).toBeNull();
  expect(sums.map(({ kind, to }) => [kind, to])).toEqual([['failed', 812]]);
});

test('entries that were skipped after the last failure are reached by a line without an arrow', () => {
  const { falls } = layoutOf(
    makeRecord({
      committed_ms: null,
      code: 'all_providers_exhausted',
      trail: [makeStep({ outcome: 'overloaded' }), makeSkipped(), makeSkipped({ reason: 'limited' })],
    }),
  );
  expect(falls).toEqual([expect.objectContaining({ fromLane: 0, toLane: 2, arrow: false })]);
});
