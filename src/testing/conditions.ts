/** Conditions that tests wait for. */
export interface Conditions {
  /** Checks every pending condition; called after each change. */
  check(): void;
  /** Resolves when the condition holds. Rejects after `timeoutMs` milliseconds, and with any error that the condition throws. */
  until(condition: () => boolean, timeoutMs: number): Promise<void>;
}

/** Makes an empty list of conditions. */
export function createConditions(): Conditions {
  const watchers = new Set<() => void>();
  return {
    check() {
      for (const watcher of watchers) watcher();
    },
    until(condition, timeoutMs) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = new Error(`The condition did not hold within ${timeoutMs} ms.`);
      const timeout = setTimeout(() => reject(late), timeoutMs);
      const watcher = (): void => {
        // An error of the condition must not be thrown from the event that triggered the check.
        try {
          if (condition()) resolve();
        } catch (error) {
          reject(error);
        }
      };
      watchers.add(watcher);
      watcher();
      return promise.finally(() => {
        clearTimeout(timeout);
        watchers.delete(watcher);
      });
    },
  };
}
