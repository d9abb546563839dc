import type { Guesses } from '../auth/guesses.ts';
import { ANONYMOUS_CLIENT, authenticate, authenticateOptional, hasKey } from '../auth/keys.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Emit } from '../domain/events.ts';
import { type EventStream, isAsyncIterable, isEventStream } from '../domain/event-stream.ts';
import type { Identity } from '../domain/principal.ts';
import type { RequestHead } from '../domain/request-head.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { AbortScope } from '../lib/abort.ts';
import type { Places } from '../overload/places.ts';
import type { CallBody } from '../router/call-context.ts';
import type { Access, CallContext, Meta } from '../router/context.ts';
import { fromIterable } from '../sse/from-iterable.ts';
import { limitAnonymous } from './anonymous-body.ts';
import type { BodyRules } from './body.ts';
import type { Browsers, KeylessRequest } from './browsers.ts';
import { passMount } from './identify.ts';
import { requestOptions } from './options.ts';
import { clientRequestIdOf } from './request-ids.ts';
import type { DoorReply, DoorRequest } from './request.ts';
import { tagsOf } from './tags.ts';
import { traceHeadersOf } from './trace-headers.ts';
import { viaOf } from './via.ts';

/** What every door needs of its gateway. */
export interface DoorTools {
  /** The gateway's own name in `via`. */
  readonly name: string;
  readonly openScope: (clientRequestId: string | undefined, abort: AbortScope) => RequestScope;
  readonly callContext: (scope: RequestScope, body: CallBody) => CallContext;
  readonly emit: Emit;
  /** Notes a request whose client is identified by its key. */
  readonly identified: (scope: RequestScope) => void;
  readonly guesses: Guesses;
  readonly browsers: Browsers;
  readonly places: Pick<Places, 'take'>;
  /** Whether requests are traced. */
  readonly traced: boolean;
  /** Limits on the JSON of bodies. */
  readonly jsonLimits: BodyRules['limits'];
}

/** Opens the scope of a request, accepted now. */
export function accept({ openScope, traced }: DoorTools, request: DoorRequest): RequestScope {
  const { headers, abort, remoteAddress } = request;
  const opened = openScope(clientRequestIdOf(headers), abort);
  opened.report.remoteAddress = remoteAddress;
  opened.report.head = headOf(request);
  if (traced) opened.report.traceHeaders = traceHeadersOf(headers);
  opened.report.tags = tagsOf(headers);
  return opened;
}

/** The head of a request, for its record. */
function headOf({ method, url, headers }: Pick<DoorRequest, 'method' | 'url' | 'headers'>): RequestHead {
  const userAgent = headers['user-agent'];
  return { method, url, userAgent: userAgent === undefined ? undefined : String(userAgent) };
}

/** What admission and records need of the called procedure. */
export interface CalledProcedure {
  readonly access: Access;
  /** Its name in records; empty for a procedure that does not exist. */
  readonly operation: string;
  /** Whether the request takes a place among those that run at once; false unless given. */
  readonly takesPlace?: boolean | undefined;
}

/** Whether calls of a procedure occupy a chain. What operators call, and what reads or cancels a run, is never refused for overload. */
export function occupiesChain({ operation, access }: Pick<Meta, 'operation' | 'access'>): boolean {
  return operation !== undefined && access === 'caller';
}

/**
 * Admits a request: authenticates it, reads its options, and gives it a place where it takes one. Returns its scope with both. Throws `overloaded` where there is none, else `invalid_api_key`, `key_expired`, `key_revoked`, `store_unavailable`, `too_many_failures`,
 * `invalid_request`, `unknown_option` or `loop_detected`.
 */
export function admit(
  tools: DoorTools,
  opened: RequestScope,
  request: Omit<DoorRequest, 'abort' | 'url' | 'body'> & CalledProcedure,
): RequestScope {
  const admitted = authenticated(tools, opened, request);
  // The body is not read before that, and the records name the key.
  if (request.takesPlace === true) opened.report.place = tools.places.take(admitted.principal);
  return admitted;
}

function authenticated(tools: DoorTools, opened: RequestScope, request: Parameters<typeof admit>[2]): RequestScope {
  const { headers, principal, operation } = request;
  const { name, identified } = tools;
  opened.report.operation = operation;
  if (principal !== undefined) return opened.as(principal, requestOptions(headers), viaOf(headers, name));
  const identity = identify(tools, opened, request);
  opened.report.keyDigest = identity.keyDigest;
  opened.report.via = identity.via;
  opened.report.session = identity.session;
  const admitted = opened.as(identity.principal, requestOptions(headers), viaOf(headers, name));
  identified(admitted);
  return admitted;
}

type Identifiable = KeylessRequest & Pick<CalledProcedure, 'access'>;

function identify(tools: DoorTools, opened: RequestScope, request: Identifiable): Identity {
  const { guesses } = tools;
  const { snapshot, report, acceptedAt } = opened;
  const { auth } = snapshot;
  const { remoteAddress } = report;
  const { headers, access } = request;
  const known = identifyBrowser(tools, opened, request);
  if (known !== undefined) return known;
  const options = { onUnknown: (keys: number) => guesses.refused(remoteAddress, keys), now: acceptedAt };
  if (access !== 'public') return authenticate(auth, headers, options);
  // Some public answers have more for a known key. They must not reveal to a blocked client which key is known.
  return guesses.isBlocked(remoteAddress) ? ANONYMOUS_CLIENT : authenticateOptional(auth, headers, options);
}

/** A key counts before everything else that a browser sends. */
function identifyBrowser(
  { browsers }: DoorTools,
  { snapshot: { auth }, acceptedAt }: RequestScope,
  request: Identifiable,
): Identity | undefined {
  const { headers } = request;
  // First: that holds for nearly all requests.
  if (headers['cookie'] === undefined && auth.proxy === undefined) return undefined;
  try {
    return auth.keyless || hasKey(headers) ? undefined : browsers.identify(request, auth, acceptedAt);
  } catch (thrown) {
    if (request.access === 'public') return undefined;
    throw thrown;
  }
}

/** How a door answers one request. */
export interface Responder<Answer> {
  /** May throw. Once it has called a procedure, that one reports the end of the request. The request is as its mount has let it through. */
  readonly answer: (opened: RequestScope, request: DoorRequest) => Promise<Answer>;
  /** The door's reply to an error. */
  readonly failed: (error: GatewayError, opened: RequestScope) => DoorReply;
}

/** Opens a request's scope and answers the request. Whatever is thrown ends the request and becomes the door's error reply. Never rejects. */
export async function respond<Answer>(
  tools: DoorTools,
  request: DoorRequest,
  { answer, failed }: Responder<Answer>,
): Promise<Answer | DoorReply> {
  const opened = accept(tools, request);
  try {
    const { mount } = request;
    const passed = mount === undefined ? request : await passMount(request, opened, tools.emit);
    return await answer(opened, limitAnonymous(passed, opened.report));
  } catch (thrown) {
    const error = GatewayError.from(thrown);
    opened.fail(error);
    return failed(error, opened);
  }
}

/**
 * The stream in a procedure's result; undefined for another result. A stream whose raw face a middleware has hidden is served value by value and
 * reported as an event, because that costs many times as much.
 */
export function streamOf(value: unknown, scope: RequestScope, emit: Emit): EventStream<unknown> | undefined {
  if (isEventStream(value)) return value;
  if (!isAsyncIterable(value)) return undefined;
  emit({ kind: 'raw_face_hidden', requestId: scope.id, operation: scope.report.operation });
  return fromIterable(value, (error) => scope.fail(error));
}
