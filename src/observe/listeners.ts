import type { Emit } from '../domain/events.ts';

/**
 * Delivers events to a list of listeners, in order. Never throws: a listener that does causes a process warning, and the others still get the
 * event.
 */
export function emitTo(listeners: readonly Emit[]): Emit {
  return (event) => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (thrown) {
        const name = thrown instanceof Error ? thrown.name : typeof thrown;
        process.emitWarning(`A listener to the gateway's events threw: ${name}.`, { code: 'SPILLWAY_LISTENER' });
      }
    }
  };
}
