import type { Reading, ReadingClass } from '../domain/reading.ts';
import { badRequest } from './bad-request.ts';
import { cloudflareClass } from './cloudflare-codes.ts';
import { hasCode } from './error-codes.ts';
import { gone, notFound } from './not-found.ts';
import { paymentOrAuth } from './payment-or-auth.ts';
import { rateLimit } from './rate-limit.ts';
import { type ClassMatch, contextOverflow, matchText, type Refusal } from './refusal.ts';
import { INVALID_TOKEN } from './wordings/auth.ts';
import { TOKEN_LIMIT } from './wordings/limit.ts';

/** The class and the scope of a refusal, and the text that they were read from if neither the status nor a code gives them. */
export type Classification = Pick<Reading, 'class' | 'scope' | 'matchedText'>;

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

/** Classifies a refusal by its status, its codes and its own text. Pure; every status has a class. */
export function classify(refusal: Refusal): Classification {
  const { class: kind, scope = SCOPES[kind], matchedText = [] } = classOf(refusal);
  return { class: kind, scope, matchedText };
}

function classOf(refusal: Refusal): ClassMatch {
  const { status, words } = refusal;
  const cloudflare = cloudflareClass(words.codes);
  if (cloudflare !== undefined) return { class: cloudflare };
  switch (status) {
    case 401:
    case 402:
    case 403:
    case 412:
      return paymentOrAuth(refusal);
    case 429:
      return rateLimit(refusal);
    case 404:
      return notFound(refusal);
    case 410:
      return gone(refusal);
    case 408:
    case 504:
      return { class: 'timeout' };
    case 413:
      return tooLarge(refusal);
    case 405:
    case 407:
    case 415:
      // Caused by a wrong URL or a proxy: the client's method and content type are never sent upstream.
      return { class: 'server' };
    case 424:
      return { class: 'model_error' };
    case 451:
      return { class: 'content_filter' };
    case 498:
      return cohereAuthOrOverload(refusal);
    case 409:
    case 425:
    case 503:
    case 529:
      return { class: 'overloaded' };
    default:
      if (status < 500 && status !== 499) return badRequest(refusal);
      return { class: hasCode(words.codes, 'overloaded') ? 'overloaded' : 'server' };
  }
}

/** Whichever limit a 413 is about, another entry may have a larger one. */
function tooLarge({ words, limit }: Refusal): ClassMatch {
  const overflow = limit.requestTooLarge || TOKEN_LIMIT.test(words.ownText) ? undefined : contextOverflow(words);
  return overflow ?? { class: 'too_large_for_limit' };
}

/** Cohere sends 498 for a wrong key, other providers for missing capacity. */
function cohereAuthOrOverload({ words }: Refusal): ClassMatch {
  return matchText(words, INVALID_TOKEN, { class: 'auth' }) ?? { class: 'overloaded' };
}
