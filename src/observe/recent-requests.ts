import type { Emit, RequestFinished } from '../domain/events.ts';
import { failoverOf } from '../domain/trail.ts';
import { boundedCount } from '../domain/usage.ts';
import type { UsageTimes } from '../domain/usage-summary.ts';
import type { Clock } from '../lib/clock.ts';
import { bucketOf, DURATION_BOUNDS, FIRST_TOKEN_BOUNDS, timesOf } from '../store/usage-hours.ts';
import { OVERHEAD_SECONDS } from './metrics/definitions.ts';

/** Percentiles in milliseconds; null without any. */
export interface TimesOfRequests {
  readonly firstTokenMs: UsageTimes | null;
  readonly durationMs: UsageTimes | null;
  readonly overheadMs: UsageTimes | null;
}

/** The requests of one minute that have ended. */
export interface MinuteOfRequests extends TimesOfRequests {
  /** Its start, in milliseconds since the epoch. */
  readonly startsAt: number;
  readonly requests: number;
  /** Those whose code is neither `ok` nor `client_closed`. */
  readonly failed: number;
  readonly failovers: number;
  /** Requests for a stream. */
  readonly streams: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Billionths of a US dollar, of those whose cost is known. */
  readonly costNano: number;
  /** Those whose cost is unknown. */
  readonly unknownCost: number;
}

/** The minutes that are kept of one tenant, or of all. */
export interface RecentMinutes {
  /** Since when requests are counted, in milliseconds since the epoch. */
  readonly since: number;
  /** Those since then, the oldest first, up to the present one; those without requests too. */
  readonly minutes: readonly MinuteOfRequests[];
  /** Of the requests of all these minutes: percentiles of minutes have no sum. */
  readonly times: TimesOfRequests;
}

/** The requests of the last hour, by minute. */
export interface RecentRequests {
  /** The listener that counts the requests of chains, by the minute of their end. Takes about a tenth of a microsecond. */
  readonly listen: Emit;
  /** Those of a tenant, or of all; undefined where the tenant's are not all counted. */
  of(tenant: string | undefined): RecentMinutes | undefined;
}

const MINUTE_MS = 60_000;
/** Minutes that are kept. */
const MINUTES = 60;
/** Most tenants that are counted apart. Each takes 24 KB. */
const MOST_TENANTS = 200;

/** Upper bounds of the buckets of overheads, in microseconds: percentiles are whole numbers of the bounds' unit. */
const OVERHEAD_BOUNDS = OVERHEAD_SECONDS.map((seconds) => Math.round(seconds * 1e6));

/** Where the numbers of a minute stand. */
const AT = Object.freeze({
  requests: 0,
  failed: 1,
  failovers: 2,
  streams: 3,
  inputTokens: 4,
  outputTokens: 5,
  costNano: 6,
  unknownCost: 7,
});
const FIRST_TOKEN_AT = 8;
const DURATION_AT = FIRST_TOKEN_AT + FIRST_TOKEN_BOUNDS.length + 1;
const OVERHEAD_AT = DURATION_AT + DURATION_BOUNDS.length + 1;
const NUMBERS = OVERHEAD_AT + OVERHEAD_BOUNDS.length + 1;

/**
 * Makes the counts of one process, in memory. At most 200 tenants are counted apart. Another one takes the place of one without requests within the hour; where
 * there is none, it is not counted, and then not known until an hour after its last request that was not.
 */
export function createRecentRequests(clock: Clock): RecentRequests {
  const openedAt = clock.now();
  const all = new Ring(openedAt);
  /** Of each tenant that has sent no request. */
  const idle = new Ring(openedAt);
  const tenants = new Map<string, Ring>();
  /** The last minute in which a tenant was not counted. */
  let lastLoss = -Infinity;
  const hasLost = (minute: number): boolean => lastLoss > minute - MINUTES;

  function ringOf(tenant: string, minute: number): Ring | undefined {
    const known = tenants.get(tenant);
    if (known !== undefined) return known;
    // What is not idle now is searched once in a minute only.
    if (tenants.size >= MOST_TENANTS && lastLoss !== minute) dropIdle(tenants, minute);
    if (tenants.size >= MOST_TENANTS) {
      lastLoss = minute;
      return undefined;
    }
    // Its earlier requests may be among those that were not counted.
    const ring = new Ring(hasLost(minute) ? clock.now() : openedAt);
    tenants.set(tenant, ring);
    return ring;
  }

  return {
    listen(event) {
      if (event.kind !== 'request_finished' || event.chain === undefined) return;
      const minute = Math.floor((event.acceptedAt + event.totalMs) / MINUTE_MS);
      all.record(event, minute);
      if (event.tenant !== '') ringOf(event.tenant, minute)?.record(event, minute);
    },
    of(tenant) {
      const now = Math.floor(clock.now() / MINUTE_MS);
      if (tenant === undefined) return all.read(now);
      const ring = tenants.get(tenant);
      if (ring === undefined && hasLost(now)) return undefined;
      return (ring ?? idle).read(now);
    },
  };
}

function dropIdle(tenants: Map<string, Ring>, minute: number): void {
  for (const [tenant, { newest }] of tenants) if (newest <= minute - MINUTES) tenants.delete(tenant);
}

/** The last 60 minutes of one tenant, or of all. */
class Ring {
  readonly #since: number;
  /** Which minute each place has, counted from the epoch; -1 for none. */
  readonly #minutes = new Float64Array(MINUTES).fill(-1);
  readonly #numbers = new Float64Array(MINUTES * NUMBERS);
  /** The newest minute that has a request, counted from the epoch. */
  newest = 0;

  /** `since`: milliseconds since the epoch. */
  constructor(since: number) {
    this.#since = since;
  }

  record(event: RequestFinished, minute: number): void {
    const place = minute % MINUTES;
    const at = place * NUMBERS;
    if (this.#minutes[place] !== minute) {
      // Its minute is no longer kept.
      if (minute <= this.newest - MINUTES) return;
      this.#minutes[place] = minute;
      this.#numbers.fill(0, at, at + NUMBERS);
      this.newest = Math.max(this.newest, minute);
    }
    const { code, stream, usage, trail, cost, committedMs, totalMs, overheadMs } = event;
    this.#add(at + AT.requests, 1);
    if (code !== 'ok' && code !== 'client_closed') this.#add(at + AT.failed, 1);
    if (failoverOf(trail) !== undefined) this.#add(at + AT.failovers, 1);
    if (stream) this.#add(at + AT.streams, 1);
    this.#add(at + AT.inputTokens, boundedCount(usage?.input ?? 0));
    this.#add(at + AT.outputTokens, boundedCount(usage?.output ?? 0));
    if (cost.nano === null) this.#add(at + AT.unknownCost, 1);
    else this.#add(at + AT.costNano, cost.nano);
    if (stream && committedMs !== undefined)
      this.#add(at + FIRST_TOKEN_AT + bucketOf(committedMs, FIRST_TOKEN_BOUNDS), 1);
    this.#add(at + DURATION_AT + bucketOf(totalMs, DURATION_BOUNDS), 1);
    if (overheadMs !== undefined) this.#add(at + OVERHEAD_AT + bucketOf(overheadMs * 1000, OVERHEAD_BOUNDS), 1);
  }

  /** The minutes up to the given one, counted from the epoch. */
  read(now: number): RecentMinutes {
    const first = Math.max(now - MINUTES + 1, Math.floor(this.#since / MINUTE_MS));
    const minutes: MinuteOfRequests[] = [];
    const sums = new Float64Array(NUMBERS);
    for (let minute = first; minute <= now; minute++) {
      const numbers = this.#numbersOf(minute);
      minutes.push(describeMinute(minute, numbers));
      numbers.forEach((number, at) => {
        sums[at] = (sums[at] ?? 0) + number;
      });
    }
    return { since: this.#since, minutes, times: describeTimes(sums) };
  }

  #numbersOf(minute: number): Float64Array {
    const place = minute % MINUTES;
    return this.#minutes[place] === minute ? this.#numbers.subarray(place * NUMBERS, (place + 1) * NUMBERS) : NOTHING;
  }

  #add(index: number, number: number): void {
    this.#numbers[index] = (this.#numbers[index] ?? 0) + number;
  }
}

function describeMinute(minute: number, numbers: Float64Array): MinuteOfRequests {
  const of = (name: keyof typeof AT): number => numbers[AT[name]] ?? 0;
  return {
    startsAt: minute * MINUTE_MS,
    requests: of('requests'),
    failed: of('failed'),
    failovers: of('failovers'),
    streams: of('streams'),
    inputTokens: of('inputTokens'),
    outputTokens: of('outputTokens'),
    costNano: of('costNano'),
    unknownCost: of('unknownCost'),
    ...describeTimes(numbers),
  };
}

function describeTimes(numbers: Float64Array): TimesOfRequests {
  const overhead = timesOf([...numbers.subarray(OVERHEAD_AT)], OVERHEAD_BOUNDS);
  return {
    firstTokenMs: timesOf([...numbers.subarray(FIRST_TOKEN_AT, DURATION_AT)], FIRST_TOKEN_BOUNDS),
    durationMs: timesOf([...numbers.subarray(DURATION_AT, OVERHEAD_AT)], DURATION_BOUNDS),
    overheadMs: overhead && { p50: overhead.p50 / 1000, p95: overhead.p95 / 1000 },
  };
}

const NOTHING = new Float64Array(NUMBERS);
