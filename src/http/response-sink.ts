import type { ServerResponse } from 'node:http';
import type { Sink } from '../sse/pump.ts';

/** A sink over a response whose head is written already. */
export function responseSink(response: ServerResponse): Sink {
  return {
    write: (bytes) => response.destroyed || response.write(bytes),
    onDrain: (listener) => void response.on('drain', listener),
    onClose(listener) {
      if (response.destroyed) listener();
      else response.once('close', listener);
    },
    end: () => void response.end(),
    destroy: () => void response.destroy(),
  };
}
