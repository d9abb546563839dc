import type { GatewayError } from '../domain/errors.ts';
import type { TrailStep } from '../domain/trail.ts';
import { errorHeaders, JSON_HEADERS } from '../door/headers.ts';
import type { BytesReply } from '../door/request.ts';

/** The one error body: OpenAI's four members always, and what we know beyond them. */
export function errorBody(error: GatewayError): object {
  const { attempts, retryAt } = error.details;
  return {
    error: {
      ...error.wire,
      ...(retryAt === undefined ? {} : { retry_at: new Date(retryAt).toISOString() }),
      ...(attempts === undefined ? {} : { attempts: attempts.map(wireStep) }),
    },
  };
}

/** An error as a reply. */
export function errorReply(error: GatewayError, headers: Readonly<Record<string, string>>): BytesReply {
  return {
    kind: 'bytes',
    status: error.status,
    headers: { ...headers, ...errorHeaders(error), ...JSON_HEADERS },
    body: Buffer.from(JSON.stringify(errorBody(error))),
  };
}

function wireStep({ durationMs, ...step }: TrailStep): object {
  return durationMs === undefined ? step : { ...step, duration_ms: Math.round(durationMs) };
}
