import { GatewayError } from './errors.ts';

/**
 * The error of a request that was aborted, by the abort's code: `shutting_down` for a shutdown, `key_revoked` for a key that is no longer
 * accepted, `client_closed` for everything else.
 */
export function abortError(code: string): GatewayError {
  if (code === 'shutdown') return new GatewayError('shutting_down', { message: 'The gateway is shutting down.' });
  if (code === KEY_REVOKED)
    return new GatewayError('key_revoked', { message: 'The key of this request is no longer accepted.' });
  return new GatewayError('client_closed', { message: 'The client disconnected.' });
}

/** The abort code of requests whose key is no longer accepted. */
export const KEY_REVOKED = 'key_revoked';
