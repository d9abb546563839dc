import { describe, expect, test } from 'vitest';
import type { RequestFinished } from '../../src/domain/events.ts';
import type { TrailStep } from '../../src/domain/trail.ts';
import { fieldsOf } from '../../src/lib/record.ts';
import { logEvents } from '../../src/observe/log.ts';
import { finishedEvent } from '../helpers/finished.ts';

const MINUTE_MS = 60_000;

/** A log's listener, and the lines of it with their level and message. */
function startLog(vendorMessages = false) {
  const lines: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return {
    emit: logEvents(log, { vendorMessages: () => vendorMessages }),
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
    { attempts: 2, hedged: true, trail: 'a/m hedge cancelled hedge_lost > a/m answered' },
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

function trailOf(event: Partial<RequestFinished>, vendorMessages = false): unknown {
  const { emit, lines } = startLog(vendorMessages);
  emit(finishedEvent(event));
  return fieldsOf(lines[0]?.fields)['trail'];
}

describe('the trail in a line', () => {
  const throttled = {
    ...step('throttled', 'slow down'),
    provider: 'groq',
    model: 'llama',
    status: 429,
    durationMs: 12.4,
  };
  const skipped = { ...step('skipped'), provider: 'xai', reason: 'cooling_down' } as const;

  test('says how each attempt failed, and which entry answered', () => {
    const trail = [skipped, { ...throttled, key: 2 }, { ...step('answered'), durationMs: 80 }];
    expect(trailOf({ trail })).toBe('groq/llama key 2 throttled 429 12ms > a/m answered');
  });

  test('has the skipped entries where none answered', () => {
    expect(trailOf({ provider: undefined, trail: [skipped, throttled] })).toBe(
      'xai/m skipped cooling_down > groq/llama throttled 429 12ms',
    );
  });

  test.each([[[step('answered')]], [[skipped, step('answered')]], [[]]])('is absent where nothing failed', (trail) => {
    expect(trailOf({ trail })).toBeUndefined();
  });

  test('has providers’ messages only where the configuration allows it, in one line and cut', () => {
    const trail = [{ ...throttled, message: `line\nfeed ${'x'.repeat(1000)}` }];
    const text = String(trailOf({ provider: undefined, trail }, true));
    expect(text).toContain(String.raw`12ms "line\nfeed xxx`);
    expect(text.length).toBeLessThan(400);
    expect(trailOf({ provider: undefined, trail })).toBe('groq/llama throttled 429 12ms');
  });

  test('has 20 steps at most, the one that answered among them, and names of 100 characters', () => {
    const long = { ...throttled, model: 'm'.repeat(5000) };
    const many = Array.from({ length: 50 }, () => long);
    const steps = String(trailOf({ trail: [...many, step('answered')] })).split(' > ');
    expect(steps.slice(-2)).toEqual(['32 more', 'a/m answered']);
    expect(steps).toHaveLength(20);
    expect(Math.max(...steps.map(({ length }) => length))).toBeLessThan(150);
    expect(
      String(trailOf({ provider: undefined, trail: many }))
        .split(' > ')
        .at(-1),
    ).toBe('31 more');
  });
});

describe('the level of a line', () => {
  const used = { usage: { input: 1, output: 0, source: 'estimated' } } as const;
  test.each<[string, Partial<RequestFinished>]>([
    ['info', {}],
    ['info', { status: 404, code: 'not_found' }],
    ['warn', { status: 503, code: 'all_providers_exhausted' }],
    ['warn', { status: 200, code: 'upstream_truncated' }],
    ['error', { status: 500, code: 'internal_error' }],
    ['error', { status: 200, code: 'internal_error' }],
    ['debug', { status: 499, code: 'client_closed' }],
    ['debug', { operation: 'keys.list', chain: undefined, status: 200, code: 'ok' }],
    ['info', { operation: 'keys.list', chain: undefined, status: 403, code: 'forbidden' }],
    ['warn', { operation: 'keys.list', chain: undefined, status: 503, code: 'store_unavailable' }],
    ['info', { operation: 'models.list', chain: undefined, status: 200, code: 'ok' }],
    ['info', { status: 499, code: 'client_closed', ...used }],
    ['info', { status: 200, code: 'client_closed', committedMs: 3 }],
  ])('is %s for %j', (level, event) => {
    const { emit, lines } = startLog();
    emit(finishedEvent(event));
    expect(lines.map((line) => line.level)).toEqual([level]);
  });
});

test('a line names the key’s id where it is not its name, the tenant and the trace', () => {
  const { emit, lines } = startLog();
  emit(finishedEvent({ principal: 'ci', keyId: 'key_1', tenant: 'acme', traceId: 'f'.repeat(32) }));
  emit(finishedEvent({ principal: 'ci', keyId: 'ci', tenant: '' }));
  expect(lines.map(({ fields }) => fields)).toMatchObject([
    { principal: 'ci', key: 'key_1', tenant: 'acme', traceId: 'f'.repeat(32) },
    { principal: 'ci', key: undefined, tenant: undefined, traceId: undefined },
  ]);
});

/** A request whose key was refused. */
function refused(endedAt: number, remoteAddress: string, code = 'invalid_api_key'): RequestFinished {
  return { ...finished(endedAt, [], code), status: 401, remoteAddress };
}

/** A request that the gateway has no room for. */
function withoutRoom(second: number, chain?: string): RequestFinished {
  return { ...finished(1e12 + second * 1000, [], 'overloaded'), status: 503, chain };
}

describe('requests with unknown keys', () => {
  test('of one address have one line a minute, which counts those without one', () => {
    const { emit, lines } = startLog();
    for (let second = 0; second <= 60; second++) emit(refused(1e12 + second * 1000, '192.0.2.1'));
    emit(refused(1e12, '192.0.2.2'));
    const shown = lines.filter(({ level }) => level === 'info').map(({ fields }) => fieldsOf(fields));
    expect(shown.map(({ remoteAddress, omitted }) => [remoteAddress, omitted])).toEqual([
      ['192.0.2.1', undefined],
      ['192.0.2.1', 59],
      ['192.0.2.2', undefined],
    ]);
    expect(lines.filter(({ level }) => level === 'debug')).toHaveLength(59);
  });

  test('are counted apart from requests without room, which have one line a minute too', () => {
    const { emit, lines } = startLog();
    for (const second of [0, 1, 2, 61]) emit(withoutRoom(second));
    emit(withoutRoom(61, 'default'));
    emit(refused(1e12, '192.0.2.1'));
    expect(lines.map(({ level, fields }) => [level, fieldsOf(fields)['omitted']])).toEqual([
      ['warn', undefined],
      ['debug', undefined],
      ['debug', undefined],
      ['warn', 2],
      ['warn', undefined],
      ['info', undefined],
    ]);
  });

  test('of one IPv6 network count together, whichever code refused them', () => {
    const { emit, lines } = startLog();
    emit(refused(1e12, '2001:db8::1'));
    emit(refused(1e12, '2001:db8::2', 'too_many_failures'));
    emit(refused(1e12, '2001:db8::2', 'forbidden'));
    expect(lines.map(({ level }) => level)).toEqual(['info', 'debug', 'info']);
  });

  test('of ever new addresses take bounded memory, and forget the oldest', () => {
    const { emit, lines } = startLog();
    for (let n = 0; n < 1500; n++) emit(refused(1e12, `10.0.${n >> 8}.${n & 255}`));
    emit(refused(1e12, '10.0.0.0'));
    expect(lines.every(({ level }) => level === 'info')).toBe(true);
  });
});
