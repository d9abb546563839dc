/** Resolves on the first SIGTERM or SIGINT. A second one ends the process at once. */
export function untilSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let told = false;
  const listener = (): void => {
    if (told) process.exit(1);
    told = true;
    resolve();
  };
  process.on('SIGTERM', listener);
  process.on('SIGINT', listener);
  return promise;
}
