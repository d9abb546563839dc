import { type Call, createCall } from '../../../src/domain/call.ts';
import { RequestBody } from '../../../src/domain/request-body.ts';
import { OPERATIONS } from '../../../src/operations/operations.ts';
import { randomOf } from './random.ts';

/** One request of the simulated day. Its size and its duration are fixed in advance. */
export interface Arrival {
  readonly index: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly promptBytes: number;
  /** As providers count them. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** The client's bound on the answer; undefined without one. */
  readonly maxTokens: number | undefined;
  readonly stream: boolean;
  /** How long an answer takes, in milliseconds. */
  readonly latency: number;
  /** When its client disconnects, in milliseconds from its arrival; undefined for most. */
  readonly disconnectsAfter: number | undefined;
  /** A random number for each attempt, in order: the provider is overloaded where it is below the share of failures. */
  readonly luck: readonly number[];
}

const HOUR_MS = 3600_000;
/** Requests per hour at night, and how many more shortly after noon, in California. */
const NIGHT = 40;
const MIDDAY = 200;
/** Batches per hour, the number of requests of each, and its duration. */
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
    // Thins out an even stream to the rate of the hour of the day.
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

/** California's hours behind UTC in winter. */
const PACIFIC = 8;

function perHour(at: number): number {
  const hour = (at / HOUR_MS - PACIFIC) % 24;
  return NIGHT + MIDDAY * Math.exp(-(((hour - 13) / 4) ** 2));
}

function arrivalAt(at: number, index: number, seed: number): Arrival {
  const random = randomOf(seed * 1_000_003 + index);
  const promptTokens = Math.round(Math.min(12_000, Math.max(20, random.spread(450, 0.9))));
  // The bytes per token differ from text to text.
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
    disconnectsAfter: random.next() < 0.02 ? random.between(0, latency) : undefined,
    luck: [random.next(), random.next(), random.next()],
  };
}

/** The id of its request, by which the network recognises it. */
export function idOf({ index }: Arrival): string {
  return `request-${index}`;
}

/** The request that its client sends. */
export function callOf({ promptBytes, maxTokens, stream }: Arrival): Call {
  const input = {
    model: 'default',
    messages: [{ role: 'user', content: 'x'.repeat(promptBytes) }],
    ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
  };
  return createCall({ operation: OPERATIONS['chat.completions'], body: RequestBody.of(input), stream, headers: {} });
}
