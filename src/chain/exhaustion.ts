import { messageBytesIn } from '../domain/bound-trail.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Failure } from '../domain/outcome.ts';
import type { TrailStep } from '../domain/trail.ts';
import { cutText } from '../lib/cut-text.ts';
import type { NoneLeft } from './candidates.ts';
import type { Planned } from './plan/planned.ts';
import { type AdviceTools, adviseRetry, type Unanswered } from './retry-advice.ts';

/** Most lacks that a message names. */
const MAX_LACKS = 5;

/** A waterfall that found no answer. */
export interface Exhaustion extends Unanswered {
  readonly trail: readonly TrailStep[];
  readonly plan: readonly Planned[];
  /** A disconnected client gets no such error. */
  readonly waited: Exclude<NoneLeft['waited'], 'cancelled'>;
}

/** A refusal of the request, in the provider's words. One that the provider reports as its own failure (5xx) is a 400. */
export function rejection(failure: Failure, trail: readonly TrailStep[]): GatewayError {
  const { reading } = failure;
  const message = cutText(failure.message, messageBytesIn(trail));
  if (reading === undefined)
    return new GatewayError(failure.code ?? 'invalid_request', { message, param: failure.field, attempts: trail });
  const error = { ...reading.error, message };
  const upstream =
    reading.status >= 500
      ? { status: 400, error: { ...error, type: 'invalid_request_error' } }
      : { status: reading.status, error };
  return new GatewayError('invalid_request', { message, upstream, attempts: trail });
}

/** The deadline, in milliseconds, has passed without an answer: the chain's, or a shorter one of the client's. */
export function deadlineExceeded(
  { chain, trail }: Pick<Exhaustion, 'chain' | 'trail'>,
  deadline: number,
): GatewayError {
  const message = `No entry answered within ${deadline} ms.`;
  return new GatewayError('deadline_exceeded', { message, chain: chain.name, attempts: trail });
}

/**
 * The gateway had no resources for a connection to an entry that may answer. The shortest retry, because they are free again when other
 * requests end.
 */
export function overloaded({ chain, trail }: Pick<Exhaustion, 'chain' | 'trail'>): GatewayError {
  const message = `The gateway has no resources for more connections: ${summaryOf(trail)}. Send the request again.`;
  return new GatewayError('overloaded', { message, chain: chain.name, attempts: trail, retryAfter: 1 });
}

/**
 * Every entry failed or was skipped, and one of them may answer the same request later. The message has no words of a provider and no names
 * of the configuration, because clients search it for words such as "rate limit".
 */
export function exhausted(exhaustion: Exhaustion, tools: AdviceTools): GatewayError {
  const { chain, trail, plan, waited } = exhaustion;
  const queue = waited === undefined ? '' : QUEUE_RESULTS[waited];
  return new GatewayError('all_providers_exhausted', {
    message: `No entry could answer${queue}: ${summaryOf(trail)}.${notesOf(plan)}`,
    chain: chain.name,
    attempts: trail,
    ...adviseRetry(exhaustion, tools),
  });
}

const QUEUE_RESULTS: Readonly<Record<NonNullable<Exhaustion['waited']>, string>> = Object.freeze({
  full: ', and its queue is full',
  timed_out: ' within the maxWait of its queue',
});

/**
 * The refusal that goes back where each entry has refused the request, or cannot take such a request at all: the first refusal in the order
 * of the chain, or else the first entry that is unsuited. Undefined where some entry may still answer the request, or might with other
 * parameters of the configuration.
 */
export function refusalOf({ chain, trail, plan, failures, remaining }: Exhaustion): GatewayError | undefined {
  const byConfiguration = [...failures.values()].some((failure) => failure.byConfiguration === true);
  if (remaining.length > 0 || byConfiguration) return undefined;
  const isOf = (planned: Planned, kind: Failure['kind']): boolean => failures.get(planned)?.kind === kind;
  const inOrder = chain.entries.flatMap((entry) => plan.filter((planned) => planned.entry === entry));
  const first = inOrder.find((each) => isOf(each, 'refused')) ?? inOrder.find((each) => isOf(each, 'unsuited'));
  const failure = first && failures.get(first);
  if (failure !== undefined) return rejection(failure, trail);
  const refusal = inOrder[0]?.lack?.refusal;
  return new GatewayError('no_suitable_entry', {
    message: `No entry can take this request: ${summaryOf(trail)}.${lacksOf(plan)}${notesOf(plan)}`,
    chain: chain.name,
    upstream: refusal && { status: refusal.status, error: refusal.error },
    attempts: trail,
  });
}

/**
 * The answers of the entries failed the check of the request, and no further entry may or can be tried. Clients should not retry by themselves:
 * each try costs as much as this one.
 */
export function noValidAnswer({ chain, trail }: Pick<Exhaustion, 'chain' | 'trail'>): GatewayError {
  const message = `No entry gave an answer that matches the schema: ${summaryOf(trail)}.`;
  return new GatewayError('no_valid_answer', { message, chain: chain.name, attempts: trail, shouldRetry: false });
}

/** The outcomes with their numbers, in the order in which they first occurred: `2 throttled, 1 skipped (cooling down)`. */
function summaryOf(trail: readonly TrailStep[]): string {
  const counts = new Map<string, number>();
  for (const { outcome, reason } of trail) {
    const what = reason === undefined ? outcome : `${outcome} (${reason.replaceAll('_', ' ')})`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
}

/** The notes of skipped entries, each once: as sentences to append. */
function notesOf(plan: readonly Planned[]): string {
  return [...new Set(plan.flatMap(({ lack }) => lack?.note ?? []))].map((note) => ` ${note}`).join('');
}

/** What the entries do not support, in the gateway's words: as a sentence to append, empty where nothing is known. */
function lacksOf(plan: readonly Planned[]): string {
  const lacks = [...new Set(plan.flatMap(({ lack }) => (lack?.reason === undefined ? (lack?.what ?? []) : [])))];
  return lacks.length === 0 ? '' : ` Not supported: ${lacks.slice(0, MAX_LACKS).join(', ')}.`;
}

/** How many entries gave an answer that failed the request's check. */
export function invalidAnswersOf(failures: ReadonlyMap<Planned, Failure>): number {
  return [...failures.values()].filter(({ kind }) => kind === 'invalid_answer').length;
}
