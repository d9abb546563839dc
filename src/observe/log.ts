import type { BudgetCrossed, Emit, RequestFinished } from '../domain/events.ts';
import { isOfOperators } from '../domain/operation-names.ts';
import { attemptsOf } from '../domain/trail.ts';
import { dollarsOf } from '../domain/usage.ts';
import { trailText } from './log-trail.ts';
import { createRefusedKeyLines } from './refused-key-lines.ts';

/** How often a line reports that the gateway is overloaded, in milliseconds. */
const OVERLOADED_MS = 60_000;

/** The part of a logger that is used; a pino logger has it. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What log lines may contain. */
export interface LogOptions {
  /** Whether a line may contain providers' messages, which may repeat parts of a prompt. Called for each line. */
  readonly vendorMessages: () => boolean;
}

/**
 * Makes a listener that logs one line per request and, at debug, one per attempt. A disconnect of the client is no error, and is logged at
 * debug unless the request has used tokens; a defect of the gateway is one. Of the requests of one address whose key is unknown one a minute is at
 * info, and the others at debug. Attempts for which the gateway had no resources are also counted, in one line a minute. Lines contain nothing of a
 * prompt or an answer, and no secret.
 */
export function logEvents(log: Log, { vendorMessages }: LogOptions): Emit {
  const countOverload = overloadLines(log);
  const refusedKeyLines = createRefusedKeyLines();
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
    if (event.kind === 'budget_crossed') return log.warn(budgetLine(event), event.kind);
    if (event.kind === 'state_changed') {
      const { kind, ...facts } = event;
      return log[event.mode === 'shared' ? 'info' : 'warn'](facts, kind);
    }
    if (event.kind === 'entry_refusing' || event.kind === 'keys_refused') {
      const { kind, ...facts } = event;
      return log.warn(facts, kind);
    }
    const refused = refusedKeyLines(event);
    const omitted = typeof refused === 'number' && refused > 0 ? refused : undefined;
    log[levelOf(event, refused === 'omit')](lineOf(event, { vendorMessages, omitted }), 'request');
    countOverload(event);
  };
}

function levelOf(event: RequestFinished, isOmitted: boolean): keyof Log {
  const { status, code, operation } = event;
  if (code === 'internal_error') return 'error';
  // An open dashboard and health checks call again and again; changes are in the audit trail.
  if (code === 'ok' && isOfOperators(operation)) return 'debug';
  if (isOmitted || (code === 'client_closed' && !hasSpent(event))) return 'debug';
  // A stream that has failed after its commit has the status 200.
  const hasFailed = code !== 'client_closed' && (status >= 500 || (status === 200 && code !== 'ok'));
  return hasFailed ? 'warn' : 'info';
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

interface LineOptions extends LogOptions {
  /** How many requests of its address with an unknown key had no line before this one; undefined for none. */
  readonly omitted: number | undefined;
}

/** The line of a request. Its members are written out because a rest and spread of the event would be slow. */
function lineOf(event: RequestFinished, { vendorMessages, omitted }: LineOptions): object {
  const { committedMs, trail } = event;
  return {
    requestId: event.requestId,
    clientRequestId: event.clientRequestId,
    door: event.door,
    principal: event.principal,
    key: event.keyId === event.principal ? undefined : event.keyId,
    tenant: event.tenant === '' ? undefined : event.tenant,
    traceId: event.traceId,
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
    omitted,
    usage: event.usage,
    usageSource: event.usageSource,
    ...costOf(event),
    attempts: attemptsOf(trail),
    trail: trailText(event, vendorMessages),
    hedged: event.hedged || undefined,
    committedMs: committedMs === undefined ? undefined : tenths(committedMs),
    totalMs: tenths(event.totalMs),
  };
}

/** The line of a budget that was crossed: amounts in US dollars. */
function budgetLine(event: BudgetCrossed): object {
  const { owner, ownerId, ownerName, tenant, period, threshold, resetsAt } = event;
  return {
    owner,
    ownerId,
    ownerName,
    tenant: tenant === '' ? undefined : tenant,
    period,
    threshold,
    amount: dollarsOf(event.amountNano),
    spent: dollarsOf(event.spentNano),
    resetsAt: resetsAt === undefined ? undefined : new Date(resetsAt).toISOString(),
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

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
