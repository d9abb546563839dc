import type { ProgressEvent } from '../domain/events.ts';
import { showsMessages } from '../domain/visible-error.ts';
import type { KeptRun } from './kept-run.ts';

/** Makes the listener that adds a request's progress to the events of its run. */
export function onProgressOf(run: KeptRun): (event: ProgressEvent) => void {
  const withMessages = showsMessages(run.scope);
  return (event) => {
    switch (event.kind) {
      case 'request_queued':
        return run.add({ type: 'queued', position: event.position, etaMs: event.etaMs ?? null });
      case 'attempt_started': {
        const { n, provider, model, hedge } = event;
        return run.add({ type: 'attempt', n, provider, model, ...(hedge ? { hedge } : {}) });
      }
      case 'attempt_finished': {
        const { n, step } = event;
        const { provider, model, outcome, status = null, message } = step;
        if (outcome === 'answered' || outcome === 'skipped') return undefined;
        const shown = withMessages ? (message ?? null) : null;
        return run.add({ type: 'attempt_failed', n, provider, model, outcome, status, message: shown });
      }
      case 'committed': {
        const { n, provider, model, afterMs } = event;
        return run.add({ type: 'committed', n, provider, model, afterMs: Math.round(afterMs) });
      }
      case 'request_started':
        return undefined;
    }
  };
}
