import type { LinkMessage, Port } from '../../src/workers/link.ts';

/** The two ends of a channel between processes, in one process. */
export interface PortPair {
  readonly one: Port;
  readonly other: Port;
  /** Messages that the first end has posted. */
  readonly posted: () => number;
  readonly close: () => void;
}

/** Makes a channel: what is posted is copied as between processes, and arrives later. */
export function portPair(): PortPair {
  let open = true;
  let posted = 0;
  const closeListeners: (() => void)[] = [];
  const listeners: ((message: LinkMessage<never, never>) => void)[][] = [[], []];
  const portOf = (own: number, count: () => void): Port => ({
    post(message) {
      count();
      const copy = structuredClone(message) as LinkMessage<never, never>;
      if (open) setImmediate(() => listeners[1 - own]?.forEach((listener) => listener(copy)));
    },
    onMessage: (listener) => void listeners[own]?.push(listener),
    onClose: (listener) => void closeListeners.push(listener),
  });
  return {
    one: portOf(0, () => posted++),
    other: portOf(1, () => undefined),
    posted: () => posted,
    close() {
      open = false;
      for (const listener of closeListeners) listener();
    },
  };
}
