import { UsageError } from './usage-error.ts';

/** Runs what binds an address; a port in use or a host not ours becomes one clear message. */
export async function listen<Bound>(host: string, port: number, bind: () => Promise<Bound>): Promise<Bound> {
  try {
    return await bind();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new UsageError(`port ${port} on ${host} is in use; choose another with --port`);
    if (code === 'EACCES')
      throw new UsageError(`port ${port} on ${host} is not yours to open; choose one above 1023 with --port`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      throw new UsageError(`'${host}' is no address of this machine`);
    throw error;
  }
}
