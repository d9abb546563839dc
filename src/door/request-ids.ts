import type { RequestIds } from '../domain/scope.ts';
import { newRequestId } from '../lib/ids.ts';
import type { DoorHeaders } from './request.ts';

/** An id that a client may choose: it is in headers, logs and error bodies, where no character of it is special. */
const CLIENT_ID = /^[\w.:/=+-]{1,128}$/;

/** The id that a client sent in `x-request-id`; undefined without one, or where it is not 1 to 128 safe characters. */
export function clientRequestIdOf({ 'x-request-id': sent }: DoorHeaders): string | undefined {
  return typeof sent === 'string' && CLIENT_ID.test(sent) ? sent : undefined;
}

/** Ids for a reply to a request that no gateway has seen. */
export function newRequestIds(): RequestIds {
  return { id: newRequestId(), clientRequestId: undefined };
}
