import type { GatewayError } from '../domain/errors.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { JsonReply } from './facade.ts';

/** The one error body: OpenAI's four members always, and what we know beyond them. */
export function errorReply(error: GatewayError, headers: Readonly<Record<string, string>>): JsonReply {
  const { attempts, retryAt, retryAfter, shouldRetry, allow } = error.details;
  const body = {
    error: {
      ...error.wire,
      ...(retryAt === undefined ? {} : { retry_at: new Date(retryAt).toISOString() }),
      ...(attempts === undefined ? {} : { attempts: attempts.map(wireStep) }),
    },
  };
  return {
    status: error.status,
    headers: {
      ...headers,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(shouldRetry === undefined ? {} : { 'x-should-retry': String(shouldRetry) }),
      ...(allow === undefined ? {} : { allow: allow.join(', ') }),
      ...(error.code === 'invalid_api_key' ? { 'www-authenticate': 'Bearer' } : {}),
      'content-type': 'application/json; charset=utf-8',
    },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function wireStep({ durationMs, ...step }: TrailStep): object {
  return durationMs === undefined ? step : { ...step, duration_ms: Math.round(durationMs) };
}
