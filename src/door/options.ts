import { duration } from '../config/units.ts';
import { COMMIT_POLICIES, type CommitPolicy } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import type { RequestOptions } from '../domain/scope.ts';
import type { DoorHeaders } from './request.ts';

const PREFIX = 'x-spillway-';

/** Reads the options that a client may set by header. Throws `unknown_option` or `invalid_request`. */
export function requestOptions(headers: DoorHeaders): RequestOptions {
  const options: { commit?: CommitPolicy; deadline?: number } = {};
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
          message: `Unknown option ${name}; the options are ${PREFIX}commit and ${PREFIX}deadline.`,
        });
    }
  }
  return options;
}

function commitPolicy(value: string): CommitPolicy {
  const policy = COMMIT_POLICIES.find((each) => each === value);
  if (policy !== undefined) return policy;
  throw new GatewayError('invalid_request', {
    message: `${PREFIX}commit must be one of ${COMMIT_POLICIES.join(', ')}.`,
  });
}

function deadline(value: string): number {
  const parsed = duration.safeParse(/^\d+$/.test(value) ? Number(value) : value);
  if (parsed.success) return parsed.data;
  throw new GatewayError('invalid_request', {
    message: `${PREFIX}deadline must be milliseconds, or a duration like 250ms, 5s or 10m.`,
  });
}
