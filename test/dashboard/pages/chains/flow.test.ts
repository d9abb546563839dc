import { describe, expect, test } from 'vitest';
import { NOTHING_LIVE, type LiveRequest } from '../../../../dashboard/live/live-snapshot.ts';
import { LiveState } from '../../../../dashboard/live/live-state.ts';
import { flowColumn, type FlowColumn, type FlowLane } from '../../../../dashboard/pages/chains/flow-column.ts';
import { EMPTY_FRAME, type FlowFrame, nextFrame, SLOTS } from '../../../../dashboard/pages/chains/flow-frame.ts';
import { flowRates, isBusy } from '../../../../dashboard/pages/chains/flow-rates.ts';
import { attempted, attempting, endedRequest, started, step } from '../../watched-events.ts';

const T = 1_000_000;
const LANES: readonly FlowLane[] = [lane('groq/llama'), lane('local/qwen', true), lane('openai/gpt')];

function lane(entry: string, isOut = false): FlowLane {
  const [provider = '', model = ''] = entry.split('/');
  return { provider, model, isOut };
}

function column(id: string, more: Partial<FlowColumn> = {}): FlowColumn {
  return {
    id,
    marks: ['running'],
    failures: [false],
    first: 0,
    last: 0,
    hasFailed: false,
    seenAt: T,
    endedAt: null,
    ...more,
  };
}

function ids(frame: FlowFrame): (string | undefined)[] {
  return frame.slots.map((each) => each?.id);
}

function runningRequest(...events: Parameters<LiveState['apply']>[0][]): LiveRequest {
  const state = new LiveState();
  for (const event of [started('r1'), ...events]) state.apply(event, T);
  const [request] = state.snapshot('live', NOTHING_LIVE).running;
  if (request === undefined) throw new Error('The request does not run.');
  return request;
}

describe('the column of a request', () => {
  test('follows it from entry to entry, past one that is out', () => {
    const first = attempting('r1', 1, 'groq/llama');
    expect(flowColumn(runningRequest(first), LANES)).toMatchObject({
      marks: ['running', undefined, undefined],
      first: 0,
      last: 0,
    });
    const failed = attempted('r1', 1, step('groq/llama', 'throttled'));
    const second = attempting('r1', 2, 'openai/gpt');
    expect(flowColumn(runningRequest(first, failed), LANES)).toMatchObject({
      marks: ['failed', undefined, undefined],
      hasFailed: true,
    });
    expect(flowColumn(runningRequest(first, failed, second), LANES)).toMatchObject({
      marks: ['failed', 'skipped', 'running'],
      first: 0,
      last: 2,
    });
    const answered = attempted('r1', 2, step('openai/gpt', 'answered'));
    expect(flowColumn(runningRequest(first, failed, second, answered), LANES)?.marks).toEqual([
      'failed',
      'skipped',
      'answered',
    ]);
  });

  test('does not say that an entry was skipped that is not known to be', () => {
    const lanes = [lane('groq/llama'), lane('local/qwen'), lane('openai/gpt')];
    expect(flowColumn(runningRequest(attempting('r1', 1, 'openai/gpt')), lanes)).toMatchObject({
      marks: [undefined, undefined, 'running'],
      first: 2,
    });
  });

  test('of a request that has ended is its trail', () => {
    const trail = [
      step('local/qwen', 'skipped', { reason: 'breaker_open' }),
      step('groq/llama', 'cancelled', { reason: 'hedge_lost' }),
      step('openai/gpt', 'answered'),
    ];
    expect(flowColumn(endedRequest('r1', trail, { at: T }), LANES)).toMatchObject({
      marks: ['skipped', 'skipped', 'answered'],
      hasFailed: false,
      endedAt: T,
    });
  });

  test('ends at the last entry that was tried, or at the last one that was skipped where none was', () => {
    const skipped = step('local/qwen', 'skipped', { reason: 'breaker_open' });
    expect(flowColumn(endedRequest('r1', [skipped, step('groq/llama', 'answered')]), LANES)).toMatchObject({
      marks: ['answered', undefined, undefined],
      last: 0,
    });
    expect(flowColumn(endedRequest('r1', [skipped]), LANES)).toMatchObject({
      marks: [undefined, 'skipped', undefined],
      first: 1,
      last: 1,
    });
  });

  test('of several keys of an entry the last one counts that was not skipped', () => {
    const failed = step('groq/llama#1', 'throttled');
    const skipped = step('groq/llama#2', 'skipped', { reason: 'limited' });
    expect(flowColumn(endedRequest('r1', [skipped, failed]), LANES)?.marks[0]).toBe('failed');
    expect(flowColumn(endedRequest('r1', [failed, skipped]), LANES)?.marks[0]).toBe('failed');
    expect(flowColumn(endedRequest('r1', [failed, step('groq/llama#2', 'answered')]), LANES)?.marks[0]).toBe(
      'answered',
    );
    expect(flowColumn(endedRequest('r1', [failed, step('groq/llama#2', 'answered')]), LANES)).toMatchObject({
      failures: [true, false, false],
      hasFailed: true,
    });
  });

  test('of a request in the queue waits at the first entry', () => {
    const queued = {
      kind: 'request_queued',
      request_id: 'r1',
      client_request_id: null,
      chain: 'default',
      tenant: null,
      position: 1,
      eta_ms: null,
    } as const;
    expect(flowColumn(runningRequest(queued), LANES)?.marks).toEqual(['waiting', undefined, undefined]);
  });

  test('does not exist where the request has met none of the entries', () => {
    expect(flowColumn(runningRequest(), LANES)).toBeUndefined();
    expect(flowColumn(endedRequest('r1', [step('other/model', 'answered')]), LANES)).toBeUndefined();
  });
});

describe('the picture of a chain', () => {
  test('a request keeps its slot, and a new one takes the first that is free', () => {
    const two = nextFrame(EMPTY_FRAME, [column('b', { seenAt: T + 1 }), column('a')], T + 1);
    expect(ids(two).slice(0, 3)).toEqual(['a', 'b', undefined]);
    const left = nextFrame(two, [column('b', { seenAt: T + 1 })], T + 2);
    expect(ids(left).slice(0, 2)).toEqual([undefined, 'b']);
    expect(
      ids(nextFrame(left, [column('c', { seenAt: T + 3 }), column('b', { seenAt: T + 1 })], T + 3)).slice(0, 2),
    ).toEqual(['c', 'b']);
  });

  test('a request stays for a moment after its end, and longer where something has failed', () => {
    const ended = [column('plain', { endedAt: T }), column('failed', { endedAt: T, hasFailed: true })];
    const frame = nextFrame(EMPTY_FRAME, ended, T);
    expect(frame.nextAt).toBe(T + 1500);
    expect(ids(nextFrame(frame, ended, T + 1499)).filter(Boolean)).toEqual(['plain', 'failed']);
    const later = nextFrame(frame, ended, T + 1500);
    expect(ids(later).filter(Boolean)).toEqual(['failed']);
    expect(nextFrame(later, ended, T + 6000)).toMatchObject({
      slots: Array.from({ length: SLOTS }, () => null),
      nextAt: null,
    });
  });

  test('a request that ended before it was seen is shown only if that was just now', () => {
    const shows = (now: number): boolean =>
      ids(nextFrame(EMPTY_FRAME, [column('a', { endedAt: T })], now)).includes('a');
    expect([shows(T + 399), shows(T + 400)]).toEqual([true, false]);
  });

  test('where there are too many, failures stay before requests in progress, and these before those that have ended', () => {
    const running = Array.from({ length: SLOTS }, (_, n) => column(`run${n}`, { seenAt: T + n }));
    const full = nextFrame(EMPTY_FRAME, running, T + 10);
    const failed = column('failed', { seenAt: T - 100, hasFailed: true });
    const ended = column('ended', { seenAt: T + 50, endedAt: T + 60 });
    const next = ids(nextFrame(full, [ended, ...running, failed], T + 60));
    expect(next).toHaveLength(SLOTS);
    expect(next).toContain('failed');
    expect(next).not.toContain('ended');
    expect(next).not.toContain('run0');
    // Those that stay do not move.
    expect(next.slice(1)).toEqual(ids(full).slice(1));
  });

  test('is the same object where nothing has changed', () => {
    const frame = nextFrame(EMPTY_FRAME, [column('a')], T);
    expect(nextFrame(frame, [column('a')], T + 100)).toBe(frame);
    expect(nextFrame(frame, [column('a', { marks: ['answered'] })], T + 100)).not.toBe(frame);
    expect(nextFrame(EMPTY_FRAME, [], T)).toBe(EMPTY_FRAME);
  });
});

describe('rates', () => {
  const trail = [
    step('groq/llama', 'throttled'),
    step('local/qwen', 'skipped', { reason: 'breaker_open' }),
    step('openai/gpt', 'answered'),
  ];

  test('are those of the last five seconds, by entry', () => {
    const ended = Array.from({ length: 30 }, (_, n) => endedRequest(`r${n}`, trail, { at: T - n * 250 }));
    expect(flowRates(ended, { id: 'default', lanes: LANES }, T)).toEqual({
      requests: 4,
      lanes: [
        { answered: 0, failed: 4 },
        { answered: 0, failed: 0 },
        { answered: 4, failed: 0 },
      ],
    });
  });

  test('are those of a shorter time where the requests that are kept reach back less far, but not of an instant', () => {
    const ended = Array.from({ length: 200 }, (_, n) => endedRequest(`r${n}`, trail, { at: T - n * 10 }));
    expect(flowRates(ended, { id: 'default', lanes: LANES }, T).requests).toBeCloseTo(100, 0);
    expect(flowRates([endedRequest('r', trail, { at: T })], { id: 'default', lanes: LANES }, T).requests).toBe(1);
  });

  test('are of one chain', () => {
    const ended = [endedRequest('r1', trail, { at: T, chain: 'fast' })];
    expect(flowRates(ended, { id: 'default', lanes: LANES }, T).requests).toBe(0);
    expect(flowRates([], { id: 'default', lanes: LANES }, T).requests).toBe(0);
  });

  test('are shown above twenty requests per second, until there are no more than fifteen', () => {
    const busy = [
      isBusy(20, false, false),
      isBusy(20.1, false, false),
      isBusy(15.1, false, true),
      isBusy(15, false, true),
    ];
    expect(busy).toEqual([false, true, true, false]);
  });

  test('are shown above five where events are lost', () => {
    expect([isBusy(5, true, false), isBusy(5.1, true, false), isBusy(3.7, true, true)]).toEqual([false, true, false]);
  });
});
