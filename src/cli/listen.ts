import { UsageError } from './usage-error.ts';

/** An address to listen on, and what sets it, for messages. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** `--host` and `--port` unless given. */
  readonly setBy?: { readonly host: string; readonly port: string } | undefined;
}

/** Runs `bind`, which listens on an address. A port in use, a missing permission and a foreign host become a UsageError. */
export async function listen<Bound>(address: ListenAddress, bind: () => Promise<Bound>): Promise<Bound> {
  const { host, port, setBy = { host: '--host', port: '--port' } } = address;
  try {
    return await bind();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new UsageError(`port ${port} on ${host} is in use; choose another with ${setBy.port}`);
    if (code === 'EACCES')
      throw new UsageError(`no permission to open port ${port} on ${host}; choose one above 1023 with ${setBy.port}`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      throw new UsageError(`'${host}' is not an address of this machine; choose another with ${setBy.host}`);
    throw error;
  }
}
