import { expect, test } from 'vitest';
import type { RequestFinished } from '../../../src/domain/events.ts';
import type { TrailStep } from '../../../src/domain/trail.ts';
import { createCounted } from '../../../src/observe/metrics/counted.ts';
import { createRecorder } from '../../../src/observe/metrics/record.ts';
import { SeriesBound } from '../../../src/observe/metrics/series-bound.ts';
import { finishedEvent } from '../../helpers/finished.ts';

const A: TrailStep = { provider: 'a', model: 'm', outcome: 'answered', startedMs: 1, durationMs: 5 };
const B: TrailStep = { ...A, provider: 'b', startedMs: 30 };
const USAGE = { input: 10, cachedInput: 4, output: 5, source: 'provider' } as const;
const FAILED: TrailStep = { ...A, outcome: 'overloaded' };

/** The series that are above 0 after requests with these ends, as `name{labels} value`, without buckets and sums. */
function recorded(...events: readonly Partial<RequestFinished>[]): string[] {
  const counted = createCounted({
    names: {
      operations: ['chat.completions.create'],
      hasChain: (name) => name === 'default',
      hasProvider: () => true,
      isHarmless: () => true,
      isConfigured: (_, model) => model === 'm',
      key: (id) => (id === 'k' ? { tenant: 't', name: 'ci' } : undefined),
    },
    keys: 10,
    bound: new SeriesBound(10_000),
  });
  const { listen } = createRecorder(counted);
  for (const event of events) {
    for (const step of event.trail ?? [])
      if (step.outcome !== 'skipped')
        listen({
          kind: 'attempt_finished',
          requestId: 'r',
          clientRequestId: undefined,
          chain: 'default',
          tenant: 't',
          n: 1,
          step,
        });
    listen(finishedEvent(event));
  }
  return Object.values(counted.cells).flatMap((cells) => {
    const lines: string[] = [];
    cells.read((labels, value, part) => {
      if (value > 0 && (part === undefined || part.suffix === '_count'))
        lines.push(`${cells.definition.name.replace(/^spillway_/, '')}{${labels.join(' ')}} ${value}`);
    });
    return lines;
  });
}

const only = (lines: readonly string[], name: RegExp): string[] => lines.filter((line) => name.test(line));

test('an answered request counts once everywhere, with its tokens and its cost', () => {
  const trail = [{ ...A, usage: USAGE, costNano: 1500 }];
  expect(recorded({ trail, overheadMs: 1, cost: { nano: 1500, source: 'table', approximate: false } })).toEqual([
    'requests_total{chat.completions.create default ok false} 1',
    'request_duration_seconds{chat.completions.create default false} 1',
    'overhead_seconds{chat.completions.create} 1',
    'attempts_total{a m answered} 1',
    'tokens_total{a m input provider} 10',
    'tokens_total{a m cached_input provider} 4',
    'tokens_total{a m output provider} 5',
    'cost_usd_total{default a m} 0.0000015',
    'key_requests_total{t ci} 1',
    'key_cost_usd_total{t ci} 0.0000015',
  ]);
});

test('a failover counts for the entry that answered, and a retry of one entry does not', () => {
  expect(only(recorded({ trail: [FAILED, B] }), /failover/)).toEqual([
    'failovers_total{default b m} 1',
    'failover_seconds{default} 1',
  ]);
  expect(only(recorded({ trail: [FAILED, { ...A, startedMs: 9 }] }), /failover/)).toEqual([]);
  expect(only(recorded({ trail: [FAILED, { ...FAILED, provider: 'b' }, A] }), /failovers/)).toHaveLength(1);
  expect(only(recorded({ trail: [FAILED], code: 'all_providers_exhausted' }), /failover/)).toEqual([]);
});

test('a skipped entry counts by its reason, and is no attempt', () => {
  const skipped: TrailStep = { provider: 'a', model: 'm', outcome: 'skipped', reason: 'cooling_down' };
  expect(only(recorded({ trail: [skipped, B] }), /skips|attempts|failovers/)).toEqual([
    'attempts_total{b m answered} 1',
    'entry_skips_total{a m cooling_down} 1',
  ]);
});

test('a hedge is won, lost or failed, and a loser is no failure that was failed over', () => {
  const lost: TrailStep = { ...A, outcome: 'cancelled', reason: 'hedge_lost', usage: USAGE };
  const hedge = { hedge: true } as const;
  expect(only(recorded({ trail: [lost, { ...B, ...hedge }] }), /hedges|failovers|wasted/)).toEqual([
    'hedges_total{default won} 1',
    'wasted_tokens_total{a m hedge_lost} 15',
  ]);
  expect(only(recorded({ trail: [{ ...lost, ...hedge }, B] }), /hedges/)).toEqual(['hedges_total{default lost} 1']);
  expect(only(recorded({ trail: [{ ...FAILED, ...hedge }, B] }), /hedges|failovers/)).toEqual([
    'hedges_total{default failed} 1',
  ]);
});

test.each([
  ['caller_gone', { code: 'client_closed', status: 499, trail: [{ ...A, usage: USAGE }] }],
  ['failed_after_commit', { code: 'upstream_truncated', trail: [{ ...A, usage: USAGE }] }],
  ['failed_before_commit', { trail: [{ ...FAILED, usage: USAGE }, B] }],
] as const)('tokens are wasted as %s', (reason, event) => {
  expect(only(recorded(event), /wasted/)).toEqual([`wasted_tokens_total{a m ${reason}} 15`]);
});

test('a usage without a price is counted as unknown, and one of a free model as a cost of 0', () => {
  expect(only(recorded({ trail: [{ ...A, usage: USAGE }] }), /cost/)).toEqual(['cost_unknown_total{default a m} 1']);
  expect(only(recorded({ trail: [{ ...A, usage: USAGE, costNano: 0 }] }), /cost/)).toEqual([]);
});

test('first tokens count from the accept and from the attempt, for streams only', () => {
  const trail = [{ ...A, firstTokenMs: 5 }];
  expect(only(recorded({ trail, stream: true, committedMs: 6 }), /first_token/)).toEqual([
    'time_to_first_token_seconds{default a m} 1',
    'attempt_first_token_seconds{a m} 1',
  ]);
  expect(only(recorded({ trail: [A], committedMs: 6 }), /first_token/)).toEqual([]);
});

test('refusals count by scope and kind, and refused keys by their code', () => {
  const refused = { code: 'budget_exceeded', status: 402, refusal: { scope: 'tenant', kind: 'budget' } } as const;
  expect(only(recorded(refused), /refusals/)).toEqual(['refusals_total{tenant budget} 1']);
  const unknown = { chain: undefined, keyId: 'anonymous', code: 'invalid_api_key', status: 401 };
  expect(only(recorded(unknown), /auth|key_requests/)).toEqual([
    'key_requests_total{ (none)} 1',
    'auth_failures_total{invalid_api_key} 1',
  ]);
  // A running answer that is cut is no refused request.
  expect(only(recorded({ code: 'key_revoked', trail: [A] }), /auth/)).toEqual([]);
});

test('a request that waited in a queue counts its wait', () => {
  expect(only(recorded({ queuedMs: 40 }, {}), /queue/)).toEqual(['queue_wait_seconds{default} 1']);
});

/** The number of series after so many requests with names that nothing knows. */
function junkSeries(count: number): number {
  return recorded(
    ...Array.from({ length: count }, (_, n) => ({
      operation: `junk.${n}`,
      chain: `junk/${n}`,
      code: `junk_${n}`,
      keyId: `junk-${n}`,
      trail: [{ ...FAILED, model: `junk-${n}` }],
    })),
  ).length;
}

test('10,000 operations, chains, models, codes and keys that are not known add no series', () => {
  expect(junkSeries(10_000)).toBe(junkSeries(1));
});
