import { type AbortScope, abortCode } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { Snapshot } from './chain.ts';
import type { Emit } from './events.ts';
import type { GatewayError } from './errors.ts';
import { ANONYMOUS, type Principal } from './principal.ts';
import type { Door, RequestEnding, RequestOptions, RequestReport, RequestScope } from './scope.ts';

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
  const request = new OpenRequest(options);
  return new Scope(request, {
    principal: ANONYMOUS,
    options: {},
    signal: options.abort.signal,
    via: undefined,
  });
}

/** What all scopes of one request share. */
class OpenRequest {
  readonly opened: OpenScope;
  readonly acceptedAt: number;
  readonly report: RequestReport = {
    remoteAddress: undefined,
    operation: '',
    chain: undefined,
    trail: [],
    served: undefined,
    committedAt: undefined,
    principal: ANONYMOUS.id,
  };
  #finished = false;

  constructor(opened: OpenScope) {
    this.opened = opened;
    this.acceptedAt = opened.clock.now();
  }

  finish({ status, code, usage }: RequestEnding): void {
    if (this.#finished) return;
    this.#finished = true;
    const { report, acceptedAt } = this;
    const { id, door, abort, clock, emit, onFinish } = this.opened;
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
  }
}

/** What scopes of one request may differ in. */
interface Own extends Pick<RequestScope, 'principal' | 'options' | 'signal'> {
  /** The proxies before us, as the header names them. */
  readonly via: string | undefined;
}

class Scope implements RequestScope {
  readonly #request: OpenRequest;
  readonly principal: Principal;
  readonly options: RequestOptions;
  readonly signal: AbortSignal;
  readonly #via: string | undefined;

  constructor(request: OpenRequest, { principal, options, signal, via }: Own) {
    this.#request = request;
    this.principal = principal;
    this.options = options;
    this.signal = signal;
    this.#via = via;
  }

  get id(): string {
    return this.#request.opened.id;
  }

  get door(): Door {
    return this.#request.opened.door;
  }

  get snapshot(): Snapshot {
    return this.#request.opened.snapshot;
  }

  get acceptedAt(): number {
    return this.#request.acceptedAt;
  }

  get report(): RequestReport {
    return this.#request.report;
  }

  get upstreamHeaders(): Readonly<Record<string, string>> {
    const own = `1.1 ${this.#request.opened.name}`;
    return { 'x-request-id': this.id, via: this.#via === undefined ? own : `${this.#via}, ${own}` };
  }

  as(principal: Principal, options: RequestOptions, via?: string): RequestScope {
    this.report.principal = principal.id;
    return new Scope(this.#request, { principal, options, signal: this.signal, via });
  }

  below(signal: AbortSignal): RequestScope {
    const { principal, options } = this;
    return new Scope(this.#request, { principal, options, signal, via: this.#via });
  }

  finish(ending: RequestEnding): void {
    this.#request.finish(ending);
  }

  fail({ status, code }: GatewayError): void {
    // The request's own signal: another one below it tells of something else.
    const { signal } = this.#request.opened.abort;
    const gone = signal.aborted && abortCode(signal) === 'client_closed';
    this.finish(gone ? { status: 499, code: 'client_closed' } : { status, code });
  }
}
