import { duration } from '../config/units.ts';
import { COMMIT_POLICIES, type CommitPolicy } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import { type Include, INCLUDES, type RequestOptions } from '../domain/scope.ts';
import type { DoorHeaders } from './request.ts';

const PREFIX = 'x-spillway-';
/** Most characters of a wrong value that an error quotes. */
const MAX_QUOTED = 100;

/** Reads the options that a client may set by header. Throws `unknown_option` or `invalid_request`. */
export function requestOptions(headers: DoorHeaders): RequestOptions {
  const options: { commit?: CommitPolicy; deadline?: number; include?: readonly Include[] } = {};
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
      case 'include':
        options.include = includes(value);
        break;
      default:
        throw new GatewayError('unknown_option', {
          message: `Unknown option ${name}; the options are ${PREFIX}commit, ${PREFIX}deadline and ${PREFIX}include.`,
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

/** The values of a list with commas; empty ones do not count. */
function includes(list: string): readonly Include[] {
  const names = list.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '').map(include);
}

function include(name: string): Include {
  const known = INCLUDES.find((each) => each === name);
  if (known !== undefined) return known;
  throw new GatewayError('unknown_option', {
    message: `Unknown value '${name.slice(0, MAX_QUOTED)}' in ${PREFIX}include; the values are ${INCLUDES.join(', ')}.`,
  });
}
