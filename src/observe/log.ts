import type { Emit, RequestFinished } from '../domain/events.ts';
import { attemptsOf } from '../domain/trail.ts';

/** The part of a logger that is used; pino fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What of an event may be written down. */
export interface LogOptions {
  /** Asked for each line: whether vendors' words may stand in it, which may repeat what the caller said. */
  readonly vendorMessages: () => boolean;
}

/**
 * A listener that writes one line per request and, for debugging, one per attempt. A caller who left is no error and shows at debug only.
 * Nothing of a prompt or an answer stands in a line, and no secret.
 */
export function logEvents(log: Log, { vendorMessages }: LogOptions): Emit {
  return (event) => {
    if (event.kind === 'attempt_finished') {
      const { message, ...step } = event.step;
      return log.debug(
        { requestId: event.requestId, ...step, message: vendorMessages() ? message : undefined },
        'attempt',
      );
    }
    if (event.kind === 'raw_face_hidden')
      return log.warn({ requestId: event.requestId, operation: event.operation }, event.kind);
    const line = lineOf(event);
    if (event.code === 'client_closed') log.debug(line, 'request');
    else if (event.status >= 500 || (event.status === 200 && event.code !== 'ok')) log.warn(line, 'request');
    else log.info(line, 'request');
  };
}

/** Written out, as every request has one: to take members out of an object and to spread the rest is slow. */
function lineOf(event: RequestFinished): object {
  const { committedMs } = event;
  return {
    requestId: event.requestId,
    door: event.door,
    principal: event.principal,
    remoteAddress: event.remoteAddress,
    operation: event.operation,
    chain: event.chain,
    provider: event.provider,
    model: event.model,
    status: event.status,
    code: event.code,
    usage: event.usage,
    usageSource: event.usageSource,
    attempts: attemptsOf(event.trail),
    committedMs: committedMs === undefined ? undefined : tenths(committedMs),
    totalMs: tenths(event.totalMs),
  };
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
