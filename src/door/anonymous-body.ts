import { ANONYMOUS } from '../domain/principal.ts';
import type { RequestReport } from '../domain/scope.ts';
import type { DoorRequest } from './request.ts';

/** The largest body of a client that is not authenticated, in bytes. Only a login needs one: its longest key fits, however it is escaped. */
export const MAX_ANONYMOUS_BYTES = 32 * 1024;

/**
 * The same request, whose body is limited to 32 KB where its client is not authenticated when it is read. Public procedures have bodies too, and clients without a key must
 * not fill the memory of all bodies.
 */
export function limitAnonymous(request: DoorRequest, report: Pick<RequestReport, 'principal'>): DoorRequest {
  return {
    ...request,
    body: (signal, onPiece) =>
      request.body(signal, onPiece, report.principal === ANONYMOUS ? MAX_ANONYMOUS_BYTES : undefined),
  };
}
