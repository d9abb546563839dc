import type { AnyTRPCRouter } from '@trpc/server';
import { GatewayError } from '../domain/errors.ts';
import { type CalledProcedure, occupiesChain } from '../door/admit.ts';
import { requireJson } from '../door/media-type.ts';
import { refuseBody } from '../door/refuse-body.ts';
import type { DoorHeaders, DoorRequest } from '../door/request.ts';
import { type Definition, definitionsOf } from '../router/definitions.ts';

/** The path below which the tRPC door answers. */
export const TRPC_PREFIX = '/trpc';

/** The most calls in one batch: a URL of commas must not cost thousands of procedure calls. */
export const MAX_BATCH_SIZE = 10;

/** A call that the gateway's own writers answer: a single mutation or subscription. */
export interface TrpcCall extends CalledProcedure {
  readonly kind: 'call';
  readonly type: 'mutation' | 'subscription';
  readonly definition: Definition;
  /** The input in the URL, for a subscription by GET; undefined when the input is the body. */
  readonly urlInput: string | undefined;
  /** The id of the last event that the client has, of a stream that can be resumed. It is the newest, whatever the input names. */
  readonly lastEventId: string | undefined;
}

/** A request for tRPC's own adapter: a query, a batch, or a procedure that does not exist. */
export interface AdapterCalls extends CalledProcedure {
  readonly kind: 'adapter';
  readonly batch: boolean;
  /** The paths that it names, one for each of its calls. */
  readonly paths: readonly string[];
  /** The names in records of the procedures at these paths; empty where there is none. */
  readonly operations: readonly string[];
  /** The procedures at these paths. */
  readonly definitions: readonly (Definition | undefined)[];
}

/** A request that must not reach the adapter. */
export interface RefusedCall extends CalledProcedure {
  readonly kind: 'refused';
  readonly error: GatewayError;
}

/** What a request is matched to. */
export type TrpcMatch = TrpcCall | AdapterCalls | RefusedCall;

/** Matches a request by its method, path behind the prefix (decoded once), URL and headers. Never throws. */
export type MatchTrpc = (request: Pick<DoorRequest, 'method' | 'url' | 'headers'>, path: string) => TrpcMatch;

/** Makes the matcher of a router's procedures. */
export function createTrpcMatch(router: AnyTRPCRouter): MatchTrpc {
  const definitions = definitionsOf(router);
  return ({ method, url, headers }, path) => {
    const mark = url.indexOf('?');
    const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
    const batch = query.get('batch') === '1';
    const paths = batch ? path.split(',') : [path];
    const called = paths.map((each) => definitions.get(each));
    const [definition] = called;
    const operations = paths.map((each, index) => (called[index] === undefined ? '' : each));
    const procedure = {
      operation: operations[0] ?? '',
      // One call that needs a key makes the whole request need one.
      access: called.every((each) => each?.meta?.access === 'public') ? 'public' : 'caller',
    } as const;
    const lastEventId = lastEventIdOf(headers, query);
    const error =
      refusalOfMethod(method, batch ? undefined : definition) ??
      refusalOfForm(method, headers) ??
      refusalOfPath(path, paths) ??
      refusalOfCompany(called) ??
      (definition && refusalOfResumption(definition, lastEventId));
    if (error !== undefined) return { kind: 'refused', ...procedure, error };
    if (batch || definition === undefined || definition.type === 'query')
      return { kind: 'adapter', ...procedure, batch, paths, operations, definitions: called };
    const urlInput = method === 'GET' ? (query.get('input') ?? '') : undefined;
    const takesPlace = definition.meta !== undefined && occupiesChain(definition.meta);
    return { kind: 'call', ...procedure, takesPlace, type: definition.type, definition, urlInput, lastEventId };
  };
}

/**
 * Refuses a method that a single procedure, or every procedure, does not have. tRPC's adapter would answer a HEAD without authentication, fail at
 * a TRACE, and name no method that is allowed.
 */
function refusalOfMethod(method: string, definition: Definition | undefined): GatewayError | undefined {
  const known = METHODS.includes(method);
  const allow = (known && METHODS_OF[definition?.type ?? 'subscription']) || METHODS;
  if (allow.includes(method)) return undefined;
  return new GatewayError('method_not_allowed', {
    message: `${method} is not allowed here; use ${allow.join(' or ')}.`,
    allow,
  });
}

const METHODS: readonly string[] = ['GET', 'POST'];
const METHODS_OF: Readonly<Record<Definition['type'], readonly string[]>> = Object.freeze({
  query: ['GET'],
  mutation: ['POST'],
  subscription: METHODS,
});

function refusalOfForm(method: string, headers: DoorHeaders): GatewayError | undefined {
  try {
    if (method === 'POST') requireJson(headers);
    else refuseBody({ method, headers });
    return undefined;
  } catch (thrown) {
    return GatewayError.from(thrown);
  }
}

function refusalOfPath(path: string, paths: readonly string[]): GatewayError | undefined {
  if (paths.length > MAX_BATCH_SIZE)
    return new GatewayError('invalid_request', { message: `A batch may have ${MAX_BATCH_SIZE} calls at most.` });
  // The adapter decodes once more, and would find another procedure than the one matched here.
  if (path.includes('%')) return new GatewayError('not_found', { message: 'There is no such procedure.' });
  return undefined;
}

/** The head of a batch is written for all of its calls, and may be written before their answers. */
function refusalOfCompany(called: readonly (Definition | undefined)[]): GatewayError | undefined {
  if (called.length === 1 || !called.some((each) => each?.meta?.alone === true)) return undefined;
  return new GatewayError('invalid_request', { message: 'One of these calls must not be in a batch; send it alone.' });
}

/** Where tRPC's clients put the id: a browser that connects again sets the header by itself. */
function lastEventIdOf(headers: DoorHeaders, query: URLSearchParams): string | undefined {
  const sent = headers['last-event-id'] ?? query.get('lastEventId') ?? query.get('Last-Event-Id') ?? undefined;
  return Array.isArray(sent) ? sent.join(', ') : sent;
}

/** Other streams have no event ids, so no client can have one; tRPC would merge it into the input, and so into the request to the provider. */
function refusalOfResumption({ type, meta }: Definition, lastEventId: string | undefined): GatewayError | undefined {
  if (type !== 'subscription' || meta?.resumable === 'by event id' || lastEventId === undefined) return undefined;
  const message = 'This stream cannot be resumed; send the request again without a last event id.';
  return new GatewayError('invalid_request', { message, param: 'lastEventId' });
}
