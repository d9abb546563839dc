/** Resolves with the first SIGTERM or SIGINT. A second one ends the process at once, with exit code 1. Listens until the process ends. */
export function untilSignal(): Promise<'SIGTERM' | 'SIGINT'> {
  const { promise, resolve } = Promise.withResolvers<'SIGTERM' | 'SIGINT'>();
  let received = false;
  const listener = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (received) process.exit(1);
    received = true;
    resolve(signal);
  };
  process.on('SIGTERM', () => listener('SIGTERM'));
  process.on('SIGINT', () => listener('SIGINT'));
  return promise;
}
