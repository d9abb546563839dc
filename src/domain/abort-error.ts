import { GatewayError } from './errors.ts';

/** The error of a request that an abort has ended, by the abort's code: `shutting_down` where we have gone, `client_closed` where its caller has. */
export function abortError(code: string): GatewayError {
  return code === 'shutdown'
    ? new GatewayError('shutting_down', { message: 'The gateway is shutting down.' })
    : new GatewayError('client_closed', { message: 'The caller has gone.' });
}
