import type { ChatInput } from 'spillway/client';
import { useCallback, useEffect, useReducer, useRef } from 'react';
import { createDashboardClient } from '../../api/client.ts';
import { afterEvent, isOver, type RunEvent, type RunState, SENT } from './run-state.ts';

/** A run of one column, and what can be done with it. */
export interface Run {
  /** Undefined before the first one. */
  readonly state: RunState | undefined;
  /** Sends a prompt; ends the run before. */
  readonly send: (model: string, input: ChatInput) => void;
  /** Ends the run, and with it the provider's work. */
  readonly cancel: () => void;
}

/** The request of a run. `since`: milliseconds since it was sent. */
interface Running {
  readonly connection: AbortController;
  readonly since: () => number;
}

function reduce(state: RunState | undefined, event: RunEvent | { readonly kind: 'sent' }): RunState | undefined {
  if (event.kind === 'sent') return SENT;
  return state === undefined ? undefined : afterEvent(state, event);
}

/** Sends prompts as streams through the typed client. A run ends with its component. */
export function useRun(): Run {
  const [state, dispatch] = useReducer(reduce, undefined);
  const running = useRef<Running>(undefined);
  useEffect(() => () => running.current?.connection.abort(), []);

  const send = useCallback((model: string, input: ChatInput) => {
    running.current?.connection.abort();
    const connection = new AbortController();
    const start = performance.now();
    const since = (): number => performance.now() - start;
    running.current = { connection, since };
    // The events of a run that was ended are not shown.
    const show = (event: RunEvent): void => {
      if (!connection.signal.aborted) dispatch(event);
    };
    dispatch({ kind: 'sent' });
    void read().then(
      () => show({ kind: 'end', ms: since() }),
      (error: unknown) => show({ kind: 'error', error, ms: since() }),
    );

    async function read(): Promise<void> {
      const client = createDashboardClient((headers) => show({ kind: 'head', headers }));
      const stream = client.chat.completions.stream(
        { ...input, model, stream_options: { include_usage: true } },
        { signal: connection.signal, include: ['cost'] },
      );
      for await (const chunk of stream) show({ kind: 'chunk', chunk, ms: since() });
    }
  }, []);

  const cancel = useCallback(() => {
    if (running.current === undefined) return;
    const { connection, since } = running.current;
    connection.abort();
    dispatch({ kind: 'cancel', ms: since() });
  }, []);

  return { state, send, cancel };
}

/** Whether a run is in progress. */
export function isRunning({ state }: Run): boolean {
  return state !== undefined && !isOver(state);
}
