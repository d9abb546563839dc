import { GatewayError } from './errors.ts';

/**
 * The error of a request that was aborted, by the abort's code: `shutting_down` for a shutdown, `key_revoked` for a key that is no longer
 * accepted, `budget_exceeded` for a stream that has used up a budget, `run_cancelled` for a run that its client or its policy has ended, `client_closed` for everything else.
 */
export function abortError(code: string): GatewayError {
  if (code === 'shutdown') return new GatewayError('shutting_down', { message: 'The gateway is shutting down.' });
  if (code === KEY_REVOKED)
    return new GatewayError('key_revoked', { message: 'The key of this request is no longer accepted.' });
  if (code === OVER_BUDGET)
    return new GatewayError('budget_exceeded', {
      message: 'The stream was cut: a budget of its key or its tenant is spent.',
      shouldRetry: false,
    });
  if (code === RUN_CANCELLED)
    return new GatewayError('run_cancelled', { message: 'The run was cancelled, or had no reader for too long.' });
  return new GatewayError('client_closed', { message: 'The client disconnected.' });
}

/** The abort code of runs that are cancelled. */
export const RUN_CANCELLED = 'run_cancelled';

/** The abort code of streams that have used up a budget. */
export const OVER_BUDGET = 'over_budget';

/** The abort code of requests whose key is no longer accepted. */
export const KEY_REVOKED = 'key_revoked';
