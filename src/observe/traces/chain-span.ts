import type { RequestFinished } from '../../domain/events.ts';
import type { TracedChain, TracedRequest } from '../../domain/tracing.ts';
import { attemptsOf } from '../../domain/trail.ts';
import { remembered, shownName } from './shown-texts.ts';
import type { Span } from './span.ts';

/** A chain whose request has ended. */
export interface EndedChain {
  readonly chain: TracedChain & {
    /** Milliseconds since the epoch. */
    readonly startedAt: number;
  };
  readonly request: TracedRequest;
  readonly event: RequestFinished;
}

/** The name of a chain, in attributes and names of spans. One of a pair has a model in it, which its client may have made up. */
export function chainNameOf(name: string, { redact }: Pick<TracedRequest, 'redact'>): string {
  return shownName(name, remembered(redact));
}

/** Sets what is known of a chain's span at its end: its attributes, and an event for each skipped entry and for the commit. */
export function describeChain(span: Pick<Span, 'set' | 'addEvent'>, { chain, request, event }: EndedChain): void {
  const { acceptedAt } = request;
  const { trail, provider, model, committedMs } = event;
  const redact = remembered(request.redact);
  span.set('spillway.chain', chainNameOf(chain.name, request));
  span.set('spillway.attempts', attemptsOf(trail));
  span.set('spillway.commit', chain.commit);
  span.set('spillway.queued_ms', event.queuedMs);
  // A step has no time where its entry was skipped: it follows the step before it.
  let at = chain.startedAt;
  for (const step of trail) {
    if (step.outcome === 'skipped')
      span.addEvent('entry_skipped', at, {
        'spillway.provider': step.provider,
        'spillway.model': shownName(step.model, redact),
        'spillway.reason': step.reason,
      });
    else if (step.startedMs !== undefined) at = Math.max(at, acceptedAt + step.startedMs + (step.durationMs ?? 0));
  }
  if (committedMs === undefined) return;
  span.addEvent('committed', acceptedAt + committedMs, {
    'spillway.provider': provider,
    'spillway.model': model === undefined ? undefined : shownName(model, redact),
  });
}
