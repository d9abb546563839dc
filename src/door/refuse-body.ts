import { GatewayError } from '../domain/errors.ts';
import type { DoorRequest } from './request.ts';

/**
 * Throws `invalid_request` where the headers announce a body for a method that has none here. It would stay unread, and behind an unread body a
 * disconnect goes unnoticed.
 */
export function refuseBody({ method, headers }: Pick<DoorRequest, 'method' | 'headers'>): void {
  if (!hasBody(headers)) return;
  throw new GatewayError('invalid_request', { message: `A ${method} must not have a body; use the query string.` });
}

/** Whether the headers announce a body. Behind one that stays unread a disconnect goes unnoticed. */
export function hasBody(headers: DoorRequest['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
