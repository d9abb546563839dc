import type { Authenticate } from '../auth/keys.ts';
import type { Emit } from '../domain/events.ts';
import { type EventStream, isAsyncIterable, isEventStream } from '../domain/event-stream.ts';
import type { Principal } from '../domain/principal.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Access, CallContext } from '../router/context.ts';
import { fromIterable } from '../sse/from-iterable.ts';
import { requestOptions } from './options.ts';
import type { DoorHeaders } from './request.ts';

/** What every door over HTTP is made of. */
export interface DoorTools {
  readonly authenticate: () => Authenticate;
  readonly openScope: (requestId: string | undefined, signal: AbortSignal) => RequestScope;
  readonly callContext: (scope: RequestScope, bytes: Buffer | undefined) => CallContext;
  readonly emit: Emit;
}

/** Who is at a door. */
export interface DoorCaller {
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** Known without a key, in process. */
  readonly principal?: Principal | undefined;
}

/** Opens the scope of a request, accepted now, under the caller's own request id if that is sane. */
export function accept({ openScope }: DoorTools, headers: DoorHeaders, signal: AbortSignal): RequestScope {
  const id = headers['x-request-id'];
  return openScope(typeof id === 'string' && /^[\w.:/=+-]{1,128}$/.test(id) ? id : undefined, signal);
}

/** What is asked for, as far as admission goes. */
export interface Admitted {
  readonly access: Access;
  readonly headers: DoorHeaders;
  /** Known without a key, in process. */
  readonly principal?: Principal | undefined;
}

/** The same request, now that it is known who asks and with which options. Throws `invalid_api_key` and what the options' reader throws. */
export function admit({ authenticate }: DoorTools, opened: RequestScope, asked: Admitted): RequestScope {
  const { access, headers, principal } = asked;
  const known = principal ?? (access === 'public' ? opened.principal : authenticate()(headers['authorization']));
  return opened.as(known, requestOptions(headers));
}

/**
 * The stream that a procedure answered with; undefined when it is none. One whose raw face something has hidden is served all the
 * same, value by value, and told as an event, because it costs many times as much.
 */
export function streamOf(value: unknown, scope: RequestScope, emit: Emit): EventStream<unknown> | undefined {
  if (isEventStream(value)) return value;
  if (!isAsyncIterable(value)) return undefined;
  emit({ kind: 'raw_face_hidden', requestId: scope.id, operation: scope.report.operation });
  return fromIterable(value);
}
