import type { Reading, ReadingClass } from '../../domain/reading.ts';
import type { ReportedError } from '../../domain/vendor-error.ts';
import type { ReplyHead } from '../../upstream/transport.ts';
import type { ReadBy } from '../dialect.ts';
import { waitHint } from './hints.ts';
import { observe } from './observe.ts';
import { readErrorBody } from './vendor-error.ts';

/** Reads a refusal by the general rules that hold across vendors. Pure. */
export function read(head: ReplyHead, body: Buffer, by: ReadBy): Reading {
  return reading(head, readErrorBody(body), by);
}

/** Reads an error that came inside a 2xx; without a status of its own it stands for a 502. */
export function readError(error: ReportedError, by: ReadBy): Reading {
  const told = IN_WORDS.find(([words]) => words.test(`${error.type} ${error.code} ${error.detail}`))?.[1];
  return reading({ status: error.status ?? told ?? 502, headers: {} }, error, by);
}

/** Statuses that errors inside a 2xx name without their number. */
const IN_WORDS: readonly (readonly [words: RegExp, status: number])[] = [
  [/overloaded/i, 529],
  [/rate_limit|resource_exhausted|too_many_requests|slow_down|insufficient_quota/i, 429],
  [/authentication_error|invalid_api_key|unauthenticated/i, 401],
  [/context_length_exceeded|content_filter|content_policy/i, 400],
];

function reading(head: ReplyHead, error: ReportedError, by: ReadBy): Reading {
  const kind = classify(head.status, error);
  const wait = kind === 'no_money' ? undefined : waitHint(head.headers, error.message, by.now);
  return {
    class: kind,
    scope: SCOPES[kind],
    status: head.status,
    error: {
      message: error.message === '' ? `The provider answered with status ${head.status}.` : error.message,
      type: error.type,
      param: error.param,
      code: error.code,
    },
    healsAt: wait === undefined ? undefined : by.now + wait,
    observed: observe(head.headers, by),
    stripParam: kind === 'bad_request' ? stripParam(error) : undefined,
  };
}

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

const MONEY_CODE =
  /insufficient_(quota|balance)|credit_balance_exhausted|(spend|usage)_limit_(exceeded|reached)|billing|payment_required/;
const MONEY_TEXT =
  /credit balance is too low|insufficient balance|used all available credits|monthly spending limit|out of credits|trial key|account is suspended/;
const CONTEXT_CODE = /context_length_exceeded|exceed_context_size/;
// The phrases in which vendors say that a prompt does not fit the model's window.
const CONTEXT_TEXT =
  /maximum context l(ength|imit)|exceed context limit|longer than the model's context length|input tokens exceed the configured limit|exceeds the available context size|exceeds the maximum number of tokens allowed|current length is \d+ while limit is|maximum input length is|prompt is too long|input is too long|too many input tokens|exceed model maximum|too large for model|range of input length should be/;
const FILTER_CODE = /content_(policy_violation|filter)|responsibleaipolicyviolation/;
const OVERLOAD_TEXT = /overloaded|high demand|capacity (temporarily )?exceeded|capacity_exceeded|server_is_overloaded/;
const DAY_TEXT = /per[- ]?day|\b[tr]pd\b|daily/;

function classify(status: number, error: ReportedError): ReadingClass {
  const codes = `${error.type} ${error.code} ${error.detail}`.toLowerCase();
  const text = error.message.toLowerCase().slice(0, 4096);
  if (status === 429 || status === 402 || status === 403 || status === 400 || status === 412) {
    if (error.detail === 'in_flight_budget_exhausted') return 'rate_limited';
    if (status === 402 || MONEY_CODE.test(codes) || MONEY_TEXT.test(text)) return 'no_money';
  }
  switch (status) {
    case 429:
      if (/request too large/.test(text)) return 'too_large_for_limit';
      if (OVERLOAD_TEXT.test(`${codes} ${text}`)) return 'overloaded';
      return DAY_TEXT.test(text) ? 'quota_day' : 'rate_limited';
    case 401:
      return 'auth';
    case 403:
      return 'auth';
    case 404:
    case 410:
      return 'model_gone';
    case 408:
    case 504:
      return 'timeout';
    case 409:
    case 498:
    case 503:
    case 529:
      return 'overloaded';
    case 413:
      if (/request too large|tokens per/.test(text)) return 'too_large_for_limit';
      return contextLength(codes, text) ? 'context_length' : 'bad_request';
    default:
      return status >= 500 ? 'server' : callersFault(codes, text);
  }
}

function callersFault(codes: string, text: string): ReadingClass {
  if (/api_key_invalid|invalid_api_key/.test(codes)) return 'auth';
  if (/model_not_found/.test(codes)) return 'model_gone';
  if (contextLength(codes, text)) return 'context_length';
  if (FILTER_CODE.test(codes)) return 'content_filter';
  return /tool_use_failed/.test(codes) ? 'model_error' : 'bad_request';
}

function contextLength(codes: string, text: string): boolean {
  return CONTEXT_CODE.test(codes) || (CONTEXT_TEXT.test(text) && !codes.includes('string_above_max_length'));
}

/** The parameter that a 400 or 422 takes offence at, where it names one. */
function stripParam(error: ReportedError): string | undefined {
  if (error.param !== null && /unsupported|unknown|extra_forbidden/.test(`${error.code} ${error.type}`))
    return error.param;
  const match =
    /unknown name "([\w.]+)"|unrecognized request argument supplied: ([\w.]+)|body\.([\w.]+): extra inputs|property '([\w.]+)' is unsupported/i.exec(
      error.message,
    );
  return match?.slice(1).find((name) => name !== undefined);
}
