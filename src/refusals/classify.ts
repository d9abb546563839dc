import type { Reading, ReadingClass } from '../domain/reading.ts';
import { callersFault } from './bad-request.ts';
import { cloudflareClass } from './cloudflare-codes.ts';
import { gone, missing } from './not-found.ts';
import { moneyOrKey } from './payment-or-auth.ts';
import { limitMet } from './rate-limit.ts';
import { type Found, overflow, type Refusal } from './refusal.ts';
import { spanOf } from './error-words.ts';

/** What a refusal is, what it speaks of, and the words that say so where neither its status nor a code does. */
export type Classified = Pick<Reading, 'class' | 'scope' | 'words'>;

const SCOPES: Readonly<Record<ReadingClass, Reading['scope']>> = Object.freeze({
  rate_limited: 'model',
  quota_day: 'model',
  no_money: 'key',
  too_large_for_limit: 'request',
  overloaded: 'model',
  context_length: 'request',
  content_filter: 'request',
  bad_request: 'request',
  auth: 'key',
  model_gone: 'model',
  model_error: 'request',
  server: 'model',
  timeout: 'model',
});

/** What a refusal is, by its status, its codes and its own words. Pure; every status has a class. */
export function classify(refusal: Refusal): Classified {
  const { class: kind, scope = SCOPES[kind], words = [] } = classOf(refusal);
  return { class: kind, scope, words };
}

function classOf(refusal: Refusal): Found {
  const { status, words } = refusal;
  const told = cloudflareClass(words.codes);
  if (told !== undefined) return { class: told };
  switch (status) {
    case 401:
    case 402:
    case 403:
    case 412:
      return moneyOrKey(refusal);
    case 429:
      return limitMet(refusal);
    case 404:
      return missing(refusal);
    case 410:
      return gone(refusal);
    case 408:
    case 504:
      return { class: 'timeout' };
    case 413:
      return tooMuch(refusal);
    case 405:
    case 407:
    case 415:
      // Of an address or a proxy: the caller's method and type were never sent.
      return { class: 'server' };
    case 424:
      return { class: 'model_error' };
    case 451:
      return { class: 'content_filter' };
    case 498:
      return cohereOrFull(refusal);
    case 409:
    case 425:
    case 503:
    case 529:
      return { class: 'overloaded' };
    default:
      if (status < 500 && status !== 499) return callersFault(refusal);
      return { class: /overloaded_error|server_is_overloaded/.test(words.codes) ? 'overloaded' : 'server' };
  }
}

/** Whatever it is too much for, another may take more. */
function tooMuch({ words, spent }: Refusal): Found {
  const overflown = spent.tooLarge || /tokens per/.test(words.said) ? undefined : overflow(words);
  return overflown ?? { class: 'too_large_for_limit' };
}

/** Under 498 Cohere speaks of a key, and others of capacity. */
function cohereOrFull({ words }: Refusal): Found {
  const span = spanOf(/invalid token/, words);
  return span === undefined ? { class: 'overloaded' } : { class: 'auth', words: [span] };
}
