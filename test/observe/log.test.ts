import { describe, expect, test } from 'vitest';
import type { RequestFinished } from '../../src/domain/events.ts';
import type { TrailStep } from '../../src/domain/trail.ts';
import { fieldsOf } from '../../src/lib/record.ts';
import { logEvents } from '../../src/observe/log.ts';
import { finishedEvent } from '../helpers/finished.ts';

const MINUTE_MS = 60_000;

/** A log's listener, and the lines of it with their level and message. */
function startLog() {
  const lines: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return {
    emit: logEvents(log, { vendorMessages: () => false }),
    lines,
    overloads: () => lines.filter(({ message }) => message === 'gateway_overloaded'),
  };
}

const step = (outcome: TrailStep['outcome'], message?: string): TrailStep => ({
  provider: 'a',
  model: 'm',
  outcome,
  message,
});

const LACKING = step('gateway_overloaded', 'no descriptors (EMFILE)');

function finished(endedAt: number, trail: readonly TrailStep[], code = 'overloaded'): RequestFinished {
  const event = {
    acceptedAt: endedAt - 5,
    totalMs: 5,
    provider: undefined,
    model: undefined,
    status: 503,
    code,
    trail,
  };
  return finishedEvent(event);
}

describe('attempts for which the gateway has no resources', () => {
  test('are one warning a minute with their number', () => {
    const { emit, overloads } = startLog();
    for (let ms = 0; ms < MINUTE_MS; ms += 1000) emit(finished(1e12 + ms, [LACKING, LACKING]));
    expect(overloads()).toEqual([
      { level: 'warn', message: 'gateway_overloaded', fields: { attempts: 2, problem: 'no descriptors (EMFILE)' } },
    ]);
    emit(finished(1e12 + MINUTE_MS, [LACKING]));
    // The 59 requests since the first line with two attempts each, and this one.
    expect(overloads()[1]?.fields).toMatchObject({ attempts: 119 });
    expect(overloads()).toHaveLength(2);
  });

  test('are reported by the next request, whatever becomes of that', () => {
    const { emit, overloads } = startLog();
    emit(finished(1e12, [LACKING]));
    emit(finished(1e12 + 1, [LACKING], 'client_closed'));
    emit(finished(1e12 + MINUTE_MS, [step('answered')], 'ok'));
    expect(overloads().map(({ fields }) => fields)).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
    emit(finished(1e12 + 3 * MINUTE_MS, [step('answered')], 'ok'));
    expect(overloads()).toHaveLength(2);
  });

  test('are not what a provider’s own failure is', () => {
    const { emit, overloads } = startLog();
    emit(finished(1e12, [step('overloaded'), step('unreachable'), step('exhausted')]));
    expect(overloads()).toEqual([]);
  });
});

test('a request of a run has the id of it in its line, and any other has none', () => {
  const { emit, lines } = startLog();
  emit({ ...finished(1e12, [step('answered')], 'ok'), run: 'run_1' });
  emit(finished(1e12, [step('answered')], 'ok'));
  expect(lines.map(({ fields }) => fields)).toMatchObject([{ run: 'run_1' }, { run: undefined }]);
});

test('a hedged request says so in its line, with the attempt that lost; any other says nothing', () => {
  const { emit, lines } = startLog();
  const lost = { ...step('cancelled'), reason: 'hedge_lost', hedge: true } as const;
  emit({ ...finished(1e12, [lost, step('answered')], 'ok'), provider: 'a', hedged: true });
  emit(finished(1e12, [step('answered')], 'ok'));
  expect(lines.map(({ fields }) => fields)).toMatchObject([
    { attempts: 2, hedged: true, trail: [{ outcome: 'cancelled', reason: 'hedge_lost', hedge: true }] },
    { attempts: 1, hedged: undefined },
  ]);
});

test('a line names the fields of the request that the answering provider got without', () => {
  const { emit, lines } = startLog();
  emit({ ...finished(1e12, [], 'ok'), status: 200, dropped: ['temperature'] });
  emit({ ...finished(1e12, [], 'ok'), status: 200 });
  expect(lines.map(({ fields }) => fieldsOf(fields)['dropped'])).toEqual([['temperature'], undefined]);
});

test('a request that has used tokens has its cost in US dollars in its line, null where that is unknown; any other has none', () => {
  const { emit, lines } = startLog();
  const answered = {
    ...finished(1e12, [step('answered')], 'ok'),
    usage: { input: 1, output: 1, source: 'provider' },
  } as const;
  emit({ ...answered, cost: { nano: 123_450, source: 'table', approximate: false } });
  emit({ ...answered, cost: { nano: 5, source: 'table', approximate: true } });
  emit({ ...answered, cost: { nano: 0, source: 'provider', approximate: false } });
  emit({ ...answered, cost: { nano: null, source: 'none', approximate: false } });
  emit(finished(1e12, [step('overloaded')]));
  const costs = lines.map(({ fields }) => [fieldsOf(fields)['cost'], fieldsOf(fields)['costApproximate']]);
  expect(costs).toEqual([
    [0.000_123_45, undefined],
    [0.000_000_005, true],
    [0, undefined],
    [null, undefined],
    [undefined, undefined],
  ]);
});
