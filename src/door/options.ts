import { duration } from '../config/units.ts';
import { GatewayError } from '../domain/errors.ts';
import type { RequestOptions } from '../domain/scope.ts';
import type { DoorHeaders } from './request.ts';

const PREFIX = 'x-spillway-';

/** Reads the options that a caller may set by header. Throws `unknown_option` or `invalid_request`. */
export function requestOptions(headers: DoorHeaders): RequestOptions {
  const options: { commit?: RequestOptions['commit']; deadline?: number } = {};
  for (const name in headers) {
    if (!name.startsWith(PREFIX)) continue;
    const value = String(headers[name]);
    switch (name.slice(PREFIX.length)) {
      case 'commit':
        options.commit = commitPolicy(value);
        break;
      case 'deadline':
        options.deadline = deadline(value);
        break;
      default:
        throw new GatewayError('unknown_option', {
          message: `Unknown option ${name}; known are ${PREFIX}commit and ${PREFIX}deadline.`,
        });
    }
  }
  return options;
}

function commitPolicy(value: string): NonNullable<RequestOptions['commit']> {
  if (value === 'first-token' || value === 'first-event' || value === 'headers') return value;
  throw new GatewayError('invalid_request', {
    message: `${PREFIX}commit must be first-token, first-event or headers.`,
  });
}

function deadline(value: string): number {
  const parsed = duration.safeParse(/^\d+$/.test(value) ? Number(value) : value);
  if (parsed.success) return parsed.data;
  throw new GatewayError('invalid_request', { message: `${PREFIX}deadline must be milliseconds or 250ms, 5s, 10m.` });
}
