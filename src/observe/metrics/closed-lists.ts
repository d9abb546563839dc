import { ERRORS, type ErrorCode } from '../../domain/errors.ts';
import { FAILS_OVER } from '../../domain/outcome.ts';
import type { SkipReason } from '../../domain/trail.ts';
import type { Usage } from '../../domain/usage.ts';

/** The names of a record, which the compiler requires to have all of them. */
function namesOf<Name extends string>(all: Readonly<Record<Name, true>>): readonly Name[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names of its members are its type
  return Object.freeze(Object.keys(all) as Name[]);
}

/** The codes with which requests end. */
export const CODES: readonly string[] = Object.freeze(['ok', ...Object.keys(ERRORS)]);

/** The outcomes of attempts. */
export const OUTCOMES: readonly string[] = Object.freeze(
  Object.keys(FAILS_OVER).filter((outcome) => outcome !== 'skipped'),
);

/** Why entries are skipped. */
export const SKIP_REASONS = namesOf<SkipReason>({
  cooling_down: true,
  breaker_open: true,
  limited: true,
  too_large: true,
  lacks_capability: true,
  not_allowed: true,
  no_price: true,
  over_budget: true,
});

/** The kinds of tokens, and the counts of a usage that they are. */
export const TOKEN_KINDS = Object.freeze([
  ['input', 'input'],
  ['cached_input', 'cachedInput'],
  ['cache_write', 'cacheWrite'],
  ['audio_input', 'audioInput'],
  ['output', 'output'],
  ['reasoning', 'reasoning'],
  ['audio_output', 'audioOutput'],
] as const satisfies readonly (readonly [string, keyof Usage])[]);

/** Why tokens were wasted. */
export const WASTE_REASONS = Object.freeze([
  'caller_gone',
  'hedge_lost',
  'failed_before_commit',
  'failed_after_commit',
] as const);

/** How a second attempt beside a slow one ended. */
export const HEDGE_RESULTS = Object.freeze(['won', 'lost', 'failed'] as const);

/** The codes of requests that were refused for their key, its role or their origin. */
export const AUTH_FAILURES: readonly ErrorCode[] = Object.freeze([
  'invalid_api_key',
  'key_expired',
  'key_revoked',
  'too_many_failures',
  'store_unavailable',
  'forbidden',
  'forbidden_origin',
] as const);
