import type { AnyTRPCRouter } from '@trpc/server';
import { GatewayError } from '../domain/errors.ts';
import type { Wanted } from '../door/admit.ts';
import { requireJson } from '../door/media-type.ts';
import type { DoorHeaders, DoorRequest } from '../door/request.ts';
import { type Definition, definitionsOf } from '../router/definitions.ts';

/** Where the tRPC door stands. */
export const TRPC_PREFIX = '/trpc';

/** Most calls in one batch: one URL of commas must not cost thousands of procedures. */
export const MAX_BATCH_SIZE = 10;

/** A call that our own writers answer: a mutation or a subscription by itself, not in a batch. */
export interface TrpcCall extends Wanted {
  readonly kind: 'call';
  readonly type: 'mutation' | 'subscription';
  /** Whether the procedure takes an input. */
  readonly takesInput: boolean;
  /** The input as it stands in the URL, for a subscription by GET; undefined when it is the body. */
  readonly urlInput: string | undefined;
}

/** A request for tRPC's own adapter: a query, a batch, or what does not exist. */
export interface AdapterCalls extends Wanted {
  readonly kind: 'adapter';
  readonly batch: boolean;
  /** The paths it names, one for each of its calls. */
  readonly paths: readonly string[];
  /** The procedures at these paths, by their names in records; empty where there is none. */
  readonly operations: readonly string[];
}

/** What the adapter must not even read. */
export interface RefusedCall extends Wanted {
  readonly kind: 'refused';
  readonly error: GatewayError;
}

/** Whose a request is. */
export type TrpcMatch = TrpcCall | AdapterCalls | RefusedCall;

/** Looks at a request's method, path behind the prefix (decoded once), URL and headers, and at nothing else. Never throws. */
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
    const wanted = {
      operation: operations[0] ?? '',
      // One call that needs a key makes the whole request need it.
      access: called.every((each) => each?.meta?.access === 'public') ? 'public' : 'caller',
    } as const;
    const error =
      refusalOfForm(method, headers) ??
      refusalOfPath(path, paths) ??
      (definition && refusalOfResumption(definition, headers, query));
    if (error !== undefined) return { kind: 'refused', ...wanted, error };
    const { type, input } = definition ?? { type: 'query' };
    if (batch || type === 'query' || (method === 'GET' && type === 'mutation'))
      return { kind: 'adapter', ...wanted, batch, paths, operations };
    const urlInput = method === 'GET' ? (query.get('input') ?? '') : undefined;
    return { kind: 'call', ...wanted, type, takesInput: input !== undefined, urlInput };
  };
}

/** tRPC's adapter would answer a HEAD without asking who calls, and fail at a TRACE. */
function refusalOfForm(method: string, headers: DoorHeaders): GatewayError | undefined {
  if (method === 'GET') return undefined;
  if (method !== 'POST') {
    const message = `${method} is not allowed here; use GET or POST.`;
    return new GatewayError('method_not_allowed', { message, allow: ['GET', 'POST'] });
  }
  try {
    requireJson(headers);
    return undefined;
  } catch (thrown) {
    return GatewayError.from(thrown);
  }
}

function refusalOfPath(path: string, paths: readonly string[]): GatewayError | undefined {
  if (paths.length > MAX_BATCH_SIZE)
    return new GatewayError('invalid_request', { message: `A batch holds ${MAX_BATCH_SIZE} calls at most.` });
  // The adapter decodes once more, and would find another procedure than was looked for here.
  if (path.includes('%')) return new GatewayError('not_found', { message: 'There is no such procedure.' });
  return undefined;
}

/** A stream here sends no ids, so nobody can have seen one; tRPC would merge it into the input, and so into what the vendor is sent. */
function refusalOfResumption(
  { type }: Definition,
  headers: DoorHeaders,
  query: URLSearchParams,
): GatewayError | undefined {
  if (type !== 'subscription') return undefined;
  if (headers['last-event-id'] === undefined && !query.has('lastEventId') && !query.has('Last-Event-Id'))
    return undefined;
  const message = 'This stream cannot be resumed; ask anew without a last event id.';
  return new GatewayError('invalid_request', { message, param: 'lastEventId' });
}
