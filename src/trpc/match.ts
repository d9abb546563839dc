import type { AnyTRPCRouter } from '@trpc/server';
import { GatewayError } from '../domain/errors.ts';
import { requireJson } from '../door/body.ts';
import type { DoorHeaders, DoorRequest } from '../door/request.ts';
import type { Access } from '../router/context.ts';
import { type Definition, definitionsOf } from '../router/reflect.ts';

/** Where the tRPC door stands. */
export const TRPC_PREFIX = '/trpc';

/** A call that our own writers answer: a mutation or a subscription by itself, not in a batch. */
export interface TrpcCall {
  readonly kind: 'call';
  /** Dotted. */
  readonly path: string;
  readonly type: 'mutation' | 'subscription';
  readonly access: Access;
  /** Whether the procedure takes an input. */
  readonly takesInput: boolean;
  /** The input as it stands in the URL, for a subscription by GET; undefined when it is the body. */
  readonly urlInput: string | undefined;
}

/** Whose a request is: our own writers', or that of tRPC's adapter (queries, batches, what does not exist), or nobody's. */
export type TrpcMatch =
  | TrpcCall
  | { readonly kind: 'adapter' }
  | { readonly kind: 'refused'; readonly error: GatewayError };

/** Looks at a request's method, URL and headers, and at nothing else. Never throws. */
export type MatchTrpc = (request: Pick<DoorRequest, 'method' | 'url' | 'headers'>) => TrpcMatch;

/** Makes the matcher of a router's procedures. */
export function createTrpcMatch(router: AnyTRPCRouter): MatchTrpc {
  const definitions = definitionsOf(router);
  return ({ method, url, headers }) => {
    const [place = '', search = ''] = url.split('?', 2);
    const path = decoded(place.slice(TRPC_PREFIX.length + 1));
    const definition = definitions.get(path);
    const query = new URLSearchParams(search);
    const error = refusal(method, headers) ?? (definition && resumption(definition, headers, query));
    if (error !== undefined) return { kind: 'refused', error };
    if (definition === undefined || definition.type === 'query' || query.get('batch') === '1')
      return { kind: 'adapter' };
    const { type, meta, input } = definition;
    if (method === 'GET' && type === 'mutation') return { kind: 'adapter' };
    return {
      kind: 'call',
      path,
      type,
      access: meta?.access ?? 'admin',
      takesInput: input !== undefined,
      urlInput: method === 'GET' ? (query.get('input') ?? '') : undefined,
    };
  };
}

/** tRPC's adapter would answer a HEAD without asking who calls, and fail at a TRACE. */
function refusal(method: string, headers: DoorHeaders): GatewayError | undefined {
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

/** A stream here sends no ids, so nobody can have seen one; tRPC would merge it into the input, and so into what the vendor is sent. */
function resumption({ type }: Definition, headers: DoorHeaders, query: URLSearchParams): GatewayError | undefined {
  if (type !== 'subscription') return undefined;
  if (headers['last-event-id'] === undefined && !query.has('lastEventId') && !query.has('Last-Event-Id'))
    return undefined;
  const message = 'This stream cannot be resumed; ask anew without a last event id.';
  return new GatewayError('invalid_request', { message, param: 'lastEventId' });
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
