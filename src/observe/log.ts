import type { Emit, RequestFinished } from '../domain/events.ts';
import { attemptsOf } from '../domain/trail.ts';
import { dollarsOf } from '../domain/usage.ts';

/** How often a line reports that the gateway is overloaded, in milliseconds. */
const OVERLOADED_MS = 60_000;

/** The part of a logger that is used; a pino logger has it. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Most steps of a trail in one line. */
const MAX_STEPS = 20;
/** Most characters of a provider's message in a request's line; the lines of attempts have all of it. */
const MAX_MESSAGE_CHARS = 300;

/** What log lines may contain. */
export interface LogOptions {
  /** Whether a line may contain providers' messages, which may repeat parts of a prompt. Called for each line. */
  readonly vendorMessages: () => boolean;
}

/**
 * Makes a listener that logs one line per request and, at debug, one per attempt. A disconnect of the client is no error, and is logged at
 * debug unless the request has used tokens. Attempts for which the gateway had no resources are also counted, in one line a minute. Lines contain
 * nothing of a prompt or an answer, and no secret.
 */
export function logEvents(log: Log, { vendorMessages }: LogOptions): Emit {
  const countOverload = overloadLines(log);
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
    if (event.kind === 'identity_failed') {
      const { kind, ...facts } = event;
      return log.error(facts, kind);
    }
    if (event.kind === 'entry_refusing' || event.kind === 'keys_refused') {
      const { kind, ...facts } = event;
      return log.warn(facts, kind);
    }
    const line = lineOf(event, vendorMessages);
    if (event.code === 'client_closed' && !hasSpent(event)) log.debug(line, 'request');
    else if (event.code === 'client_closed') log.info(line, 'request');
    else if (event.status >= 500 || (event.status === 200 && event.code !== 'ok')) log.warn(line, 'request');
    else log.info(line, 'request');
    countOverload(event);
  };
}

/**
 * Counts the attempts for which the gateway had no resources, of the requests that have ended. The first ones are logged at once, all further
 * ones with the first request that ends a minute after the line before.
 */
function overloadLines(log: Log): (event: RequestFinished) => void {
  let attempts = 0;
  let problem: string | undefined;
  let nextAt = 0;
  return ({ trail, acceptedAt, totalMs }) => {
    for (const { outcome, message } of trail) {
      if (outcome !== 'gateway_overloaded') continue;
      attempts++;
      problem = message;
    }
    const endedAt = acceptedAt + totalMs;
    if (attempts === 0 || endedAt < nextAt) return;
    nextAt = endedAt + OVERLOADED_MS;
    log.warn({ attempts, problem }, 'gateway_overloaded');
    attempts = 0;
  };
}

/** The line of a request. Its members are written out because a rest and spread of the event would be slow. */
function lineOf(event: RequestFinished, vendorMessages: LogOptions['vendorMessages']): object {
  const { committedMs, trail } = event;
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
    run: event.run,
    chain: event.chain,
    provider: event.provider,
    model: event.model,
    dropped: event.dropped.length === 0 ? undefined : event.dropped,
    status: event.status,
    code: event.code,
    usage: event.usage,
    usageSource: event.usageSource,
    ...costOf(event),
    attempts: attemptsOf(trail),
    trail: failuresOf(event, vendorMessages),
    hedged: event.hedged || undefined,
    committedMs: committedMs === undefined ? undefined : tenths(committedMs),
    totalMs: tenths(event.totalMs),
  };
}

/** What a request cost in US dollars, null where that is unknown; nothing where none was used. */
function costOf({ usage, cost }: RequestFinished): object {
  if (usage === undefined) return NOTHING;
  if (cost.nano === null) return { cost: null };
  return cost.approximate ? { cost: dollarsOf(cost.nano), costApproximate: true } : { cost: dollarsOf(cost.nano) };
}

const NOTHING: object = Object.freeze({});

/** Whether a request has used tokens: its provider had begun an answer. */
function hasSpent({ usage, committedMs }: RequestFinished): boolean {
  return usage !== undefined || committedMs !== undefined;
}

/**
 * The steps of a trail that a request's line has, without times: the attempts that failed, and the skipped entries too where no entry has
 * answered. Undefined without any. At most 20, of which the last stands for those that are left out.
 */
function failuresOf(
  { trail, provider }: RequestFinished,
  vendorMessages: LogOptions['vendorMessages'],
): object[] | undefined {
  // Most requests have one attempt, which has answered.
  if (trail.every(({ outcome }) => outcome === 'answered')) return undefined;
  const failed = trail.filter(
    ({ outcome }) => outcome !== 'answered' && (outcome !== 'skipped' || provider === undefined),
  );
  if (failed.length === 0) return undefined;
  const withMessages = vendorMessages();
  const steps: object[] = failed.slice(0, MAX_STEPS).map((step) => ({
    provider: step.provider,
    model: step.model,
    key: step.key,
    hedge: step.hedge,
    outcome: step.outcome,
    reason: step.reason,
    status: step.status,
    message: withMessages ? step.message?.slice(0, MAX_MESSAGE_CHARS) : undefined,
  }));
  if (failed.length > MAX_STEPS) steps[MAX_STEPS - 1] = { omitted: failed.length - MAX_STEPS + 1 };
  return steps;
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
