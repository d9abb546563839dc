import type { Emit } from '../domain/events.ts';

/** Makes a listener that never throws: a fault of whoever listens is not a fault of the request, and is told as a warning of the process. */
export function guarded(listener: Emit | undefined): Emit {
  return (event) => {
    try {
      listener?.(event);
    } catch (thrown) {
      const name = thrown instanceof Error ? thrown.name : typeof thrown;
      process.emitWarning(`A listener to the gateway's events threw: ${name}.`, { code: 'SPILLWAY_LISTENER' });
    }
  };
}
