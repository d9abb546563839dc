/** Resolves with the first SIGTERM or SIGINT. A second one ends the process at once, with exit code 1. */
export function untilSignal(): Promise<'SIGTERM' | 'SIGINT'> {
  const { promise, resolve } = Promise.withResolvers<'SIGTERM' | 'SIGINT'>();
  let told = false;
  const listener = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (told) process.exit(1);
    told = true;
    resolve(signal);
  };
  process.on('SIGTERM', () => listener('SIGTERM'));
  process.on('SIGINT', () => listener('SIGINT'));
  return promise;
}
