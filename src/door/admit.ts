import { authenticate, recognise } from '../auth/keys.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Emit } from '../domain/events.ts';
import { type EventStream, isAsyncIterable, isEventStream } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { AbortScope } from '../lib/abort.ts';
import type { Access, CallContext } from '../router/context.ts';
import { fromIterable } from '../sse/from-iterable.ts';
import { requestOptions } from './options.ts';
import type { DoorCaller, DoorReply } from './request.ts';
import { viaOf } from './via.ts';

/** What every door over HTTP is made of. */
export interface DoorTools {
  /** Our own name in `via`. */
  readonly name: string;
  readonly openScope: (requestId: string | undefined, abort: AbortScope) => RequestScope;
  readonly callContext: (scope: RequestScope, bytes: Buffer | undefined) => CallContext;
  readonly emit: Emit;
}

/** Opens the scope of a request, accepted now, under the caller's own request id if that is sane. */
export function accept({ openScope }: DoorTools, { headers, abort, remoteAddress }: DoorCaller): RequestScope {
  const id = headers['x-request-id'];
  const opened = openScope(typeof id === 'string' && /^[\w.:/=+-]{1,128}$/.test(id) ? id : undefined, abort);
  opened.report.remoteAddress = remoteAddress;
  return opened;
}

/** What is wanted, as far as admission and records go. */
export interface Wanted {
  readonly access: Access;
  /** Its name in records. */
  readonly operation: string;
}

/** The same request, now that it is known who asks and with which options. Throws `invalid_api_key`, `loop_detected` and what the options' reader throws. */
export function admit(
  { name }: DoorTools,
  opened: RequestScope,
  { headers, principal, access, operation }: Omit<DoorCaller, 'abort'> & Wanted,
): RequestScope {
  opened.report.operation = operation;
  const identify = access === 'public' ? recognise : authenticate;
  const known = principal ?? identify(opened.snapshot.keys, headers['authorization']);
  return opened.as(known, requestOptions(headers), viaOf(headers, name));
}

/** How a door answers one request. */
export interface Responder<Answer> {
  /** May throw; from where a procedure is called on, the procedure tells the request's end. */
  readonly answer: (opened: RequestScope) => Promise<Answer>;
  /** The door's reply to an error. */
  readonly failed: (error: GatewayError, opened: RequestScope) => DoorReply;
}

/** Opens a request's scope, answers, and makes whatever is thrown the request's end and the door's reply. Never rejects. */
export async function respond<Answer>(
  tools: DoorTools,
  caller: DoorCaller,
  { answer, failed }: Responder<Answer>,
): Promise<Answer | DoorReply> {
  const opened = accept(tools, caller);
  try {
    return await answer(opened);
  } catch (thrown) {
    const error = GatewayError.from(thrown);
    opened.fail(error);
    return failed(error, opened);
  }
}

/**
 * The stream that a procedure answered with; undefined when it is none. One whose raw face something has hidden is served all the
 * same, value by value, and told as an event, because it costs many times as much.
 */
export function streamOf(value: unknown, scope: RequestScope, emit: Emit): EventStream<unknown> | undefined {
  if (isEventStream(value)) return value;
  if (!isAsyncIterable(value)) return undefined;
  emit({ kind: 'raw_face_hidden', requestId: scope.id, operation: scope.report.operation });
  return fromIterable(value, (error) => scope.fail(error));
}
