import type { Reading, ReadingClass, RefusalRule } from '../domain/reading.ts';
import { badRequest } from './bad-request.ts';
import { cloudflareClass } from './cloudflare-codes.ts';
import { hasCode } from './error-codes.ts';
import { modelLoading } from './model-loading.ts';
import { gone, notFound } from './not-found.ts';
import { paymentOrAuth } from './payment-or-auth.ts';
import { rateLimit } from './rate-limit.ts';
import { withoutEchoedText } from './echoed-text.ts';
import { refusedCapability } from './refused-capability.ts';
import {
  type ClassMatch,
  contentFiltered,
  contextOverflow,
  matchText,
  type Refusal,
  speaksOfContent,
} from './refusal.ts';
import { INVALID_TOKEN } from './wordings/auth.ts';
import { REQUEST_ERROR_CODE } from './wordings/codes.ts';
import { TOKEN_LIMIT } from './wordings/limit.ts';
import { PROMPT } from './wordings/content-filter.ts';
import { REFUSED_REASONING } from './wordings/reasoning.ts';
import { QUOTED_NAME, REQUEST_PROBLEM, SERVER_PROBLEM } from './wordings/request-problem.ts';

/** The class and the scope of a refusal, whether the server loads a model, and the text that these were read from if no status or code gives them. */
export type Classification = Pick<Reading, 'class' | 'scope' | 'matchedText' | 'loading' | 'refusedReasoning'>;

const SCOPES: Readonly<Record<ReadingClass, Reading['scope']>> = Object.freeze({
  rate_limited: 'model',
  quota_day: 'model',
  no_money: 'key',
  too_large_for_limit: 'request',
  overloaded: 'model',
  context_length: 'request',
  content_filter: 'request',
  bad_request: 'request',
  invalid_request: 'request',
  auth: 'key',
  model_gone: 'model',
  model_error: 'request',
  server: 'model',
  timeout: 'model',
});

/** Classifies a refusal by its status, its codes and its own text. Pure; every status has a class. */
export function classify(refusal: Refusal): Classification {
  const { class: kind, scope = SCOPES[kind], matchedText = [], loading, reasoning } = classOf(refusal);
  return { class: kind, scope, matchedText, loading, refusedReasoning: reasoning };
}

/** Classifies a refusal by the first of the operator's rules that it matches; undefined where it matches none. Pure. */
export function classifyByRules(
  { status, error, words }: Pick<Refusal, 'status' | 'error' | 'words'>,
  rules: readonly RefusalRule[],
): Classification | undefined {
  const codes = [error.type, error.code, error.detail].map((each) => each?.toLowerCase());
  const rule = rules.find(
    (each) =>
      each.status.includes(status) &&
      (each.code === undefined || codes.includes(each.code)) &&
      (each.words === undefined || words.text.includes(each.words)),
  );
  if (rule === undefined) return undefined;
  return { class: rule.as, scope: SCOPES[rule.as], matchedText: rule.words === undefined ? [] : [rule.words] };
}

function classOf(refusal: Refusal): ClassMatch {
  const { status, words } = refusal;
  const cloudflare = cloudflareClass(words.codes);
  if (cloudflare !== undefined) return { class: cloudflare };
  if (refusesReasoning(refusal)) return { class: 'bad_request', reasoning: true };
  const loading = modelLoading(refusal);
  if (loading !== undefined) return loading;
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
      return contentFiltered(words) ?? speaksOfContent(words) ?? badRequest(refusal);
    case 498:
      return cohereAuthOrOverload(refusal);
    case 409:
    case 425:
      return { class: 'overloaded' };
    case 503:
    case 529:
      return requestProblem(refusal) ?? { class: 'overloaded' };
    default:
      return status < 500 && status !== 499 ? badRequest(refusal) : serverError(refusal);
  }
}

/** Statuses under which providers refuse a request for what it holds. */
const OF_REQUEST: ReadonlySet<number> = new Set([400, 404, 422]);

function refusesReasoning({ status, words }: Refusal): boolean {
  return OF_REQUEST.has(status) && (REFUSED_REASONING.test(words.text) || REFUSED_REASONING.test(words.codes));
}

/** Some servers report a problem of one request as a failure of their own, which says nothing about their health. */
function serverError(refusal: Refusal): ClassMatch {
  const { codes } = refusal.words;
  return requestProblem(refusal) ?? { class: hasCode(codes, 'overloaded') ? 'overloaded' : 'server' };
}

function requestProblem(refusal: Refusal): ClassMatch | undefined {
  const { error, words } = refusal;
  const known = contextOverflow(words) ?? contentFiltered(words);
  if (known !== undefined) return known;
  if (SERVER_PROBLEM.test(words.ownText)) return undefined;
  // The error itself may say that the request is wrong, whatever the status around it is.
  if (error.status === 400 || error.status === 422 || REQUEST_ERROR_CODE.test(words.codes))
    return badRequest({ ...refusal, hasJsonError: true });
  const text = withoutEchoedText(words.text.replaceAll(QUOTED_NAME, '$1'));
  const isProblem = REQUEST_PROBLEM.test(text) || refusedCapability(error) !== undefined;
  return speaksOfPrompt(words) ?? (isProblem ? { class: 'bad_request' } : undefined);
}

/** A content filter that a server reports as a failure of its own: words of one, about the prompt. */
function speaksOfPrompt(words: Refusal['words']): ClassMatch | undefined {
  return PROMPT.test(words.ownText) ? speaksOfContent(words) : undefined;
}

/** Whichever limit a 413 is about, another entry may have a larger one. */
function tooLarge({ words, limit }: Refusal): ClassMatch {
  const filtered = contentFiltered(words);
  if (filtered !== undefined) return filtered;
  const overflow = limit.requestTooLarge || TOKEN_LIMIT.test(words.ownText) ? undefined : contextOverflow(words);
  return overflow ?? { class: 'too_large_for_limit' };
}

/** Cohere sends 498 for a wrong key, other providers for missing capacity. */
function cohereAuthOrOverload({ words }: Refusal): ClassMatch {
  return matchText(words, INVALID_TOKEN, { class: 'auth' }) ?? { class: 'overloaded' };
}
