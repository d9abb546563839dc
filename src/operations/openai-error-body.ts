import type { GatewayError } from '../domain/errors.ts';
import type { TrailStep } from '../domain/trail.ts';

/** The error body of OpenAI's API: its four members always, and what the gateway adds. */
export function openaiErrorBody(error: GatewayError): { readonly error: Readonly<Record<string, unknown>> } {
  const { attempts, chain, models, retryAt } = error.details;
  return {
    error: {
      ...(chain === undefined ? {} : { chain }),
      ...error.wire,
      ...(models === undefined ? {} : { models }),
      ...(retryAt === undefined ? {} : { retry_at: new Date(retryAt).toISOString() }),
      ...(attempts === undefined ? {} : { attempts: attempts.map(stepOf) }),
    },
  };
}

/** The same as an event of a stream. */
export function openaiErrorEvent(error: GatewayError): string {
  return `data: ${JSON.stringify(openaiErrorBody(error))}\n\n`;
}

/** A step in the API's spelling: what a client may see of an attempt. */
function stepOf({ provider, model, key, outcome, reason, status, message, durationMs }: TrailStep): object {
  return {
    provider,
    model,
    key,
    outcome,
    reason,
    status,
    message,
    duration_ms: durationMs === undefined ? undefined : Math.round(durationMs),
  };
}
