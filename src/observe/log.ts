import type { Emit, RequestFinished } from '../domain/events.ts';
import { attemptsOf } from '../domain/trail.ts';

/** The part of a logger that is used; a pino logger has it. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What log lines may contain. */
export interface LogOptions {
  /** Whether a line may contain providers' messages, which may repeat parts of a prompt. Called for each line. */
  readonly vendorMessages: () => boolean;
}

/**
 * Makes a listener that logs one line per request and, at debug, one per attempt. A disconnect of the client is no error and is logged at
 * debug only. Lines contain nothing of a prompt or an answer, and no secret.
 */
export function logEvents(log: Log, { vendorMessages }: LogOptions): Emit {
  return (event) => {
    if (event.kind === 'attempt_finished') {
      const { message, ...step } = event.step;
      return log.debug(
        {
          requestId: event.requestId,
          clientRequestId: event.clientRequestId,
          ...step,
          message: vendorMessages() ? message : undefined,
        },
        'attempt',
      );
    }
    if (event.kind === 'raw_face_hidden')
      return log.warn({ requestId: event.requestId, operation: event.operation }, event.kind);
    if (event.kind === 'entry_refusing') {
      const { kind, ...entry } = event;
      return log.warn(entry, kind);
    }
    const line = lineOf(event);
    if (event.code === 'client_closed') log.debug(line, 'request');
    else if (event.status >= 500 || (event.status === 200 && event.code !== 'ok')) log.warn(line, 'request');
    else log.info(line, 'request');
  };
}

/** The line of a request. Its members are written out because a rest and spread of the event would be slow. */
function lineOf(event: RequestFinished): object {
  const { committedMs } = event;
  return {
    requestId: event.requestId,
    clientRequestId: event.clientRequestId,
    door: event.door,
    principal: event.principal,
    remoteAddress: event.remoteAddress,
    method: event.method,
    path: event.path,
    userAgent: event.userAgent,
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
