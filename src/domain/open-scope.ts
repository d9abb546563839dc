import { type AbortScope, abortCode } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { Snapshot } from './chain.ts';
import type { Emit } from './events.ts';
import { ANONYMOUS } from './principal.ts';
import type { Door, RequestReport, RequestScope } from './scope.ts';

/** What a request begins with. */
export interface OpenScope {
  readonly id: string;
  readonly door: Door;
  /** What ends the request; disposed at its end. */
  readonly abort: AbortScope;
  readonly snapshot: Snapshot;
  /** Our own name in `via`. */
  readonly name: string;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Told once when the request has ended, after its event. */
  readonly onFinish: () => void;
}

/** Opens the scope of one request, accepted now. It must be finished in every ending, which unlinks it from its caller's signal. */
export function openRequestScope(options: OpenScope): RequestScope {
  const { id, door, abort, snapshot, name, clock, emit, onFinish } = options;
  const acceptedAt = clock.now();
  const report: RequestReport = {
    remoteAddress: undefined,
    operation: '',
    chain: undefined,
    trail: [],
    served: undefined,
    committedAt: undefined,
    principal: ANONYMOUS.id,
  };
  let finished = false;

  const shared: Omit<RequestScope, 'principal' | 'options' | 'upstreamHeaders' | 'as'> = {
    id,
    door,
    snapshot,
    acceptedAt,
    report,
    signal: abort.signal,
    finish({ status, code, usage }) {
      if (finished) return;
      finished = true;
      abort[Symbol.dispose]();
      emit({
        kind: 'request_finished',
        requestId: id,
        door,
        principal: report.principal,
        remoteAddress: report.remoteAddress,
        operation: report.operation,
        chain: report.chain,
        provider: report.served?.provider,
        model: report.served?.model,
        status,
        code,
        usage,
        usageSource: usage?.source ?? 'none',
        trail: report.trail,
        committedMs: report.committedAt === undefined ? undefined : report.committedAt - acceptedAt,
        totalMs: clock.now() - acceptedAt,
      });
      onFinish();
    },
    fail({ status, code }) {
      const gone = abort.signal.aborted && abortCode(abort.signal) === 'client_closed';
      shared.finish(gone ? { status: 499, code: 'client_closed' } : { status, code });
    },
  };

  const headersBehind = (via: string | undefined): Record<string, string> => ({
    'x-request-id': id,
    via: via === undefined ? `1.1 ${name}` : `${via}, 1.1 ${name}`,
  });

  const as: RequestScope['as'] = (principal, wanted, via) => {
    report.principal = principal.id;
    return { ...shared, principal, options: wanted, upstreamHeaders: headersBehind(via), as };
  };
  return { ...shared, principal: ANONYMOUS, options: {}, upstreamHeaders: headersBehind(undefined), as };
}
