import { GatewayError } from './errors.ts';

/** The error of a request that was aborted, by the abort's code: `shutting_down` for a shutdown, `client_closed` for everything else. */
export function abortError(code: string): GatewayError {
  return code === 'shutdown'
    ? new GatewayError('shutting_down', { message: 'The gateway is shutting down.' })
    : new GatewayError('client_closed', { message: 'The client disconnected.' });
}
