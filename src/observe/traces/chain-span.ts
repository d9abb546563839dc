import type { Span } from '@opentelemetry/api';
import type { RequestFinished } from '../../domain/events.ts';
import type { TracedChain, TracedRequest } from '../../domain/tracing.ts';
import { attemptsOf } from '../../domain/trail.ts';
import { spanTime } from './span-time.ts';

/** A chain whose request has ended. */
export interface EndedChain {
  readonly chain: TracedChain & {
    /** Milliseconds since the epoch. */
    readonly startedAt: number;
  };
  readonly request: TracedRequest;
  readonly event: RequestFinished;
}

/** Sets what is known of a chain's span at its end: its attributes, and an event for each skipped entry and for the commit. */
export function describeChain(span: Span, { chain, request: { acceptedAt }, event }: EndedChain): void {
  const { trail, provider, model, committedMs } = event;
  span.setAttributes({
    'spillway.chain': chain.name,
    'spillway.attempts': attemptsOf(trail),
    'spillway.commit': chain.commit,
    'spillway.queued_ms': Math.round(event.queuedMs),
  });
  // A step has no time where its entry was skipped: it follows the step before it.
  let at = chain.startedAt;
  for (const step of trail) {
    if (step.outcome === 'skipped')
      span.addEvent(
        'entry_skipped',
        {
          'spillway.provider': step.provider,
          'spillway.model': step.model,
          ...(step.reason === undefined ? {} : { 'spillway.reason': step.reason }),
        },
        spanTime(at),
      );
    else if (step.startedMs !== undefined) at = Math.max(at, acceptedAt + step.startedMs + (step.durationMs ?? 0));
  }
  if (committedMs === undefined) return;
  span.addEvent(
    'committed',
    {
      ...(provider === undefined ? {} : { 'spillway.provider': provider }),
      ...(model === undefined ? {} : { 'spillway.model': model }),
    },
    spanTime(acceptedAt + committedMs),
  );
}
