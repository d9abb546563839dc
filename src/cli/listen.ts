import { UsageError } from './usage-error.ts';

/** Runs `bind`, which listens on an address. A port in use, a missing permission and a foreign host become a UsageError. */
export async function listen<Bound>(host: string, port: number, bind: () => Promise<Bound>): Promise<Bound> {
  try {
    return await bind();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new UsageError(`port ${port} on ${host} is in use; choose another with --port`);
    if (code === 'EACCES')
      throw new UsageError(`no permission to open port ${port} on ${host}; choose one above 1023 with --port`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      throw new UsageError(`'${host}' is not an address of this machine; choose another with --host`);
    throw error;
  }
}
