import type { Call } from '../../../src/domain/call.ts';
import { OPERATIONS } from '../../../src/operations/operations.ts';
import { randomOf } from './random.ts';

/** One request of the simulated day; what it would cost and how long it would take is settled before anybody is asked. */
export interface Arrival {
  readonly index: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly promptBytes: number;
  /** As vendors will count them. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** The most that the caller wants answered; undefined where he does not say. */
  readonly maxTokens: number | undefined;
  readonly stream: boolean;
  /** How long an answer takes, in milliseconds. */
  readonly latency: number;
  /** When its caller leaves, in milliseconds from its arrival; undefined for the many who stay. */
  readonly leavesAfter: number | undefined;
  /** Below this share of failures a vendor that is asked for it is overloaded, by the order in which it is asked. */
  readonly luck: readonly number[];
}

const HOUR_MS = 3600_000;
/** Requests an hour at night, and how many more soon after noon, in California. */
const NIGHT = 40;
const MIDDAY = 200;
/** Somebody's batch: so many an hour, each of so many requests within so long. */
const BATCHES = 0.5;
const BATCH = [15, 40] as const;
const BATCH_MS = 20_000;

/** The requests of `hours` from `start` on, in their order; the same for the same seed. */
export function arrivalsOf(seed: number, start: number, hours: number): readonly Arrival[] {
  const random = randomOf(seed);
  const end = start + hours * HOUR_MS;
  const times: number[] = [];
  const most = NIGHT + MIDDAY;
  for (let at = start; ;) {
    at += random.wait(most / 3600);
    if (at >= end) break;
    // Of an even stream as many are kept as the hour of the day has.
    if (random.next() * most < perHour(at)) times.push(at);
  }
  for (let at = start; ;) {
    at += random.wait(BATCHES / 3600);
    if (at >= end) break;
    const many = random.between(...BATCH);
    for (let n = 0; n < many; n++) times.push(at + random.between(0, BATCH_MS));
  }
  return times
    .filter((at) => at < end)
    .toSorted((a, b) => a - b)
    .map((at, index) => arrivalAt(at, index, seed));
}

/** California is behind by so many hours in winter. */
const PACIFIC = 8;

function perHour(at: number): number {
  const hour = (at / HOUR_MS - PACIFIC) % 24;
  return NIGHT + MIDDAY * Math.exp(-(((hour - 13) / 4) ** 2));
}

function arrivalAt(at: number, index: number, seed: number): Arrival {
  const random = randomOf(seed * 1_000_003 + index);
  const promptTokens = Math.round(Math.min(12_000, Math.max(20, random.spread(450, 0.9))));
  // What a token is in bytes differs from text to text.
  const promptBytes = Math.round(promptTokens * Math.max(2.2, random.normal(4, 0.35)));
  const wanted = Math.round(Math.min(2000, Math.max(5, random.spread(220, 0.7))));
  const maxTokens = random.next() < 0.6 ? 2 ** Math.round(random.between(8, 11)) : undefined;
  const latency = Math.min(8000, Math.max(300, random.spread(1500, 0.7)));
  return {
    index,
    at,
    promptBytes,
    promptTokens,
    outputTokens: Math.min(wanted, maxTokens ?? Infinity),
    maxTokens,
    stream: random.next() < 0.5,
    latency,
    leavesAfter: random.next() < 0.02 ? random.between(0, latency) : undefined,
    luck: [random.next(), random.next(), random.next()],
  };
}

/** The id of its request, by which the network knows it again. */
export function idOf({ index }: Arrival): string {
  return `request-${index}`;
}

/** What its caller sends. */
export function callOf({ promptBytes, maxTokens, stream }: Arrival): Call<{ readonly model: string }> {
  const input = {
    model: 'default',
    messages: [{ role: 'user', content: 'x'.repeat(promptBytes) }],
    ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
  };
  return {
    operation: OPERATIONS['chat.completions'],
    input,
    bytes: Buffer.from(JSON.stringify(input)),
    stream,
    headers: {},
  };
}
