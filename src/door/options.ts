import { parseDuration } from '../config/units.ts';
import { COMMIT_POLICIES, type CommitPolicy } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import { type Include, INCLUDES, type RequestOptions } from '../domain/scope.ts';
import { DISCONNECT_POLICIES } from '../domain/run.ts';
import { LONGEST_TIMER_MS } from '../lib/clock.ts';
import type { DoorHeaders } from './request.ts';

const PREFIX = 'x-spillway-';
/** Most characters of a wrong value that an error quotes. */
const MAX_QUOTED = 100;
const BLANKS = String.raw`[ \t]*`;
const VALUE = `(?:(?:${INCLUDES.join('|')})${BLANKS})?`;

/**
 * The values of `x-spillway-deadline`: milliseconds, or a number of `ms`, `s`, `m` or `h`, above zero, with at most ten digits before the point
 * and nine after it, of which one is not zero. Written so that every dialect of regular expressions reads it alike.
 */
export const DEADLINE = /^(?:0*[1-9][0-9]{0,9}(?:\.[0-9]{1,9})?|0+\.0{0,8}[1-9][0-9]{0,8})[ \t]*(?:[mM]?[sS]|[mMhH])?$/;

/** The values of `x-spillway-include`: a list with commas, in which empty values do not count. */
export const INCLUDE = new RegExp(`^${BLANKS}${VALUE}(?:,${BLANKS}${VALUE})*$`);

/** Reads the options that a client may set by header. Throws `unknown_option` or `invalid_request`. */
export function requestOptions(headers: DoorHeaders): RequestOptions {
  const options: { -readonly [Name in keyof RequestOptions]: RequestOptions[Name] } = {};
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
      case 'run':
        options.run = runPolicy(value);
        break;
      case 'log':
        options.log = logPolicy(value);
        break;
      // Read from the first moment on by `tagsOf`, because a refused request has labels too.
      case 'tags':
      // Shows that no page of another origin has sent the request, where that counts.
      case 'dashboard':
        break;
      default:
        throw new GatewayError('unknown_option', {
          message: `Unknown option ${name}; the options are ${PREFIX}commit, ${PREFIX}deadline, ${PREFIX}include, ${PREFIX}log, ${PREFIX}run and ${PREFIX}tags.`,
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
  const ms = DEADLINE.test(value) ? parseDuration(value) : undefined;
  // A deadline only shortens the chain's own, so a longer one than a timer takes is no mistake.
  if (ms !== undefined) return Math.min(ms, LONGEST_TIMER_MS);
  throw new GatewayError('invalid_request', {
    message: `${PREFIX}deadline must be milliseconds, or a duration like 250ms, 5s or 10m, above zero.`,
  });
}

function logPolicy(value: string): RequestOptions['log'] {
  if (value.trim() === 'none') return 'none';
  throw new GatewayError('invalid_request', { message: `${PREFIX}log must be none.` });
}

/** The values of `x-spillway-run`: a policy, and for `detach` how long the run continues without a reader. */
export const RUN_POLICY =
  /^(abort|detach|drain)[ \t]*(?:;[ \t]*grace=([0-9]{1,10}(?:\.[0-9]{1,9})?(?:[mM]?[sS]|[mMhH])?))?$/;

function runPolicy(value: string): RequestOptions['run'] {
  const [, name, grace] = RUN_POLICY.exec(value.trim()) ?? [];
  const disconnect = DISCONNECT_POLICIES.find((each) => each === name);
  if (disconnect === undefined)
    throw new GatewayError('invalid_request', {
      message: `${PREFIX}run must be ${DISCONNECT_POLICIES.join(', ')}, or like 'detach; grace=30s'.`,
    });
  return { disconnect, graceMs: grace === undefined ? undefined : parseDuration(grace) };
}

function includes(list: string): readonly Include[] {
  const names = list.split(',').map((name) => name.trim());
  if (INCLUDE.test(list)) return INCLUDES.filter((each) => names.includes(each));
  const unknown = names.find((name) => name !== '' && !INCLUDES.some((each) => each === name)) ?? list;
  throw new GatewayError('unknown_option', {
    message: `Unknown value '${unknown.slice(0, MAX_QUOTED)}' in ${PREFIX}include; the values are ${INCLUDES.join(', ')}.`,
  });
}
