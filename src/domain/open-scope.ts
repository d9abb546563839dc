import { type AbortScope, abortCode } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { boundTrail } from './bound-trail.ts';
import type { Snapshot } from './chain.ts';
import type { Door } from './door.ts';
import type { Emit, RequestFinished } from './events.ts';
import type { GatewayError } from './errors.ts';
import { overheadOf } from './overhead.ts';
import { ANONYMOUS, type Principal } from './principal.ts';
import type { RequestEnding, RequestIds, RequestOptions, RequestReport, RequestScope } from './scope.ts';
import { shownHead } from './request-head.ts';
import type { RequestTrace, Tracing } from './tracing.ts';
import { costOfTrail, isHedged, usageOf } from './trail.ts';

/** What a request begins with. */
export interface OpenScope extends RequestIds {
  readonly door: Door;
  /** Cancels the request; disposed at its end. */
  readonly abort: AbortScope;
  readonly snapshot: Snapshot;
  /** The gateway's own name in `via`. */
  readonly name: string;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Undefined where nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** Number of this request's end among all ends of the gateway, counted from 1. Called once, at the end. */
  readonly nextSeq: () => number;
  /** Called once when the request has ended, after its event. */
  readonly onFinish: () => void;
}

/** Opens the scope of one request, accepted now. It must be finished however the request ends: that unlinks it from the client's signal. */
export function openRequestScope(options: OpenScope): RequestScope {
  const request = new OpenRequest(options);
  return new Scope(request, {
    principal: ANONYMOUS,
    options: {},
    signal: options.abort.signal,
    via: undefined,
    deadlineFrom: request.acceptedAt,
    brokenOff: undefined,
  });
}

/** What all scopes of one request share. */
class OpenRequest {
  readonly opened: OpenScope;
  readonly acceptedAt: number;
  readonly report: RequestReport = {
    remoteAddress: undefined,
    head: undefined,
    operation: '',
    stream: false,
    requestedModel: undefined,
    user: undefined,
    inputBytes: undefined,
    outputBytes: undefined,
    chain: undefined,
    attempts: 0,
    trail: [],
    served: undefined,
    committedAt: undefined,
    receivedMs: 0,
    queuedMs: 0,
    pausedMs: 0,
    headers: NO_HEADERS,
    estimated: [],
    subscription: false,
    tags: NONE,
    principal: ANONYMOUS,
    place: undefined,
    run: undefined,
    keyDigest: undefined,
    via: undefined,
    session: undefined,
    onProgress: undefined,
    route: undefined,
    traceHeaders: undefined,
    trace: undefined,
  };
  #finished = false;

  constructor(opened: OpenScope) {
    this.opened = opened;
    this.acceptedAt = opened.clock.now();
  }

  /** Begins the request's trace, once. */
  traced(): RequestTrace | undefined {
    const { tracing, id, door, snapshot } = this.opened;
    if (tracing === undefined) return undefined;
    const { report, acceptedAt } = this;
    return (report.trace ??= tracing.begin({ id, door, acceptedAt, report, redact: snapshot.redact }));
  }

  finish(ending: RequestEnding): void {
    if (this.#finished) return;
    this.#finished = true;
    const { report, acceptedAt } = this;
    const trace = this.traced();
    const { status, code, usage = usageOf(report.trail), refusal } = ending;
    const { id, clientRequestId, door, abort, clock, emit, nextSeq, onFinish, snapshot } = this.opened;
    const shown = status === 404 || status === 405 ? report.head : undefined;
    const head = shown === undefined ? NO_HEAD : shownHead(shown, snapshot.redact);
    const endedAt = clock.now();
    abort[Symbol.dispose]();
    report.place?.[Symbol.dispose]();
    const event: RequestFinished = {
      kind: 'request_finished',
      seq: nextSeq(),
      requestId: id,
      clientRequestId,
      acceptedAt,
      door,
      principal: report.principal.name,
      keyId: report.principal.id,
      tenant: report.principal.tenant,
      remoteAddress: report.remoteAddress,
      method: head.method,
      path: head.path,
      userAgent: head.userAgent,
      operation: report.operation,
      stream: report.stream,
      requestedModel: report.requestedModel,
      user: report.user,
      run: report.run?.id,
      tags: report.tags,
      traceId: trace?.traceId,
      chain: report.chain,
      provider: report.served?.provider,
      model: report.served?.model,
      dropped: report.served?.dropped ?? NONE,
      status,
      code,
      refusal,
      usage,
      usageSource: usage?.source ?? 'none',
      cost: costOfTrail(report.trail),
      inputBytes: report.inputBytes,
      outputBytes: report.outputBytes,
      trail: boundTrail(report.trail),
      hedged: isHedged(report.trail),
      committedMs: report.committedAt === undefined ? undefined : report.committedAt - acceptedAt,
      queuedMs: report.queuedMs,
      overheadMs: overheadOf({ report, acceptedAt, endedAt }),
      totalMs: endedAt - acceptedAt,
    };
    emit(event);
    trace?.finished(event);
    onFinish();
  }
}

const NO_HEAD = Object.freeze({ method: undefined, path: undefined, userAgent: undefined });
const NONE: readonly string[] = Object.freeze([]);
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** The members in which scopes of one request may differ. */
type Own = Pick<RequestScope, 'principal' | 'options' | 'signal' | 'via' | 'deadlineFrom' | 'brokenOff'>;

class Scope implements RequestScope {
  readonly #request: OpenRequest;
  readonly principal: Principal;
  readonly options: RequestOptions;
  readonly signal: AbortSignal;
  readonly via: string | undefined;
  readonly deadlineFrom: number;
  readonly brokenOff: RequestScope['brokenOff'];

  constructor(request: OpenRequest, { principal, options, signal, via, deadlineFrom, brokenOff }: Own) {
    this.#request = request;
    this.principal = principal;
    this.options = options;
    this.signal = signal;
    this.via = via;
    this.deadlineFrom = deadlineFrom;
    this.brokenOff = brokenOff;
  }

  get id(): string {
    return this.#request.opened.id;
  }

  get clientRequestId(): string | undefined {
    return this.#request.opened.clientRequestId;
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
    return { 'x-request-id': this.id, via: this.via === undefined ? own : `${this.via}, ${own}` };
  }

  as(principal: Principal, options: RequestOptions, via?: string): RequestScope {
    this.report.principal = principal;
    this.#request.traced();
    return new Scope(this.#request, { ...this.#own(), principal, options, via });
  }

  below(signal: AbortSignal): RequestScope {
    return new Scope(this.#request, { ...this.#own(), signal });
  }

  again(deadlineFrom: number): RequestScope {
    return new Scope(this.#request, { ...this.#own(), deadlineFrom, brokenOff: this.report.served });
  }

  #own(): Own {
    const { principal, options, signal, via, deadlineFrom, brokenOff } = this;
    return { principal, options, signal, via, deadlineFrom, brokenOff };
  }

  received(): void {
    this.#request.report.receivedMs = this.#request.opened.clock.now() - this.#request.acceptedAt;
  }

  finish(ending: RequestEnding): void {
    this.#request.finish(ending);
  }

  fail({ status, code, details: { refusal } }: GatewayError): void {
    // The request's own signal: a signal below it may be aborted for another reason.
    const { signal } = this.#request.opened.abort;
    const disconnected = signal.aborted && abortCode(signal) === 'client_closed';
    this.finish(disconnected ? { status: 499, code: 'client_closed' } : { status, code, refusal });
  }
}
