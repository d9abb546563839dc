import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../src/catalog/presets.ts';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import type { Reading, ReadingClass } from '../../src/domain/reading.ts';
import { readReply, readReportedError } from '../../src/refusals/read.ts';
import { errorIn } from '../../src/refusals/error-in-answer.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

/** A Tuesday in summer: California's midnight is 21 hours away, UTC's 14. */
const NOW = Date.parse('2026-06-16T10:00:00Z');
const UNTIL_NEXT_MINUTE = 60_000 - (NOW % 60_000);
const UTC_MIDNIGHT = 14 * 3600_000;
const PACIFIC_MIDNIGHT = 21 * 3600_000;
const HOUR = 3600_000;
const DAY = 24 * HOUR;

/** A reply: its status, its headers and its body, which is a text or a value to send as JSON. */
interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: unknown;
}

/** The parts of a reading that a row expects. `wait` is the time to the retry in milliseconds. */
interface Expected extends Partial<Pick<Reading, 'scope' | 'window' | 'refusedParameter'>> {
  readonly wait?: number | undefined;
  readonly limits?: object;
  readonly contextTokens?: number;
  readonly observed?: readonly object[];
}
type Row = readonly [what: string, reply: Reply, kind: ReadingClass, expected?: Expected];

function readOf(provider: string, { status, headers = {}, body = '' }: Reply): Reading {
  const rules = PRESETS[provider]?.limitRules ?? PLAIN_RULES;
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return readReply({ status, headers }, bytes, { rules, now: NOW });
}

/** Reads each reply by its provider's rules and compares every part that a row may expect; a part that a row does not name is absent. */
function reads(provider: string, rows: readonly Row[]): void {
  describe(provider, () => {
    for (const [what, reply, kind, expected = {}] of rows)
      test(what, () => {
        const {
          class: kindRead,
          scope,
          retryAt,
          window,
          learned,
          observed,
          refusedParameter,
        } = readOf(provider, reply);
        expect({
          kind: kindRead,
          scope: expected.scope === undefined ? undefined : scope,
          wait: retryAt === undefined ? undefined : retryAt - NOW,
          window: expected.window === undefined ? undefined : window,
          limits: learned?.limits,
          contextTokens: learned?.contextTokens,
          observed: expected.observed === undefined ? undefined : observed,
          refusedParameter,
        }).toEqual({ kind, ...expected });
      });
  });
}

const inError = (message: string, code: string | number | null = null, type: string | null = null) => ({
  error: { message, type, param: null, code },
});
const used = (window: string, limit: number, spent: number, requested: number): string =>
  `You have met the limit for model x on ${window}: Limit ${limit}, Used ${spent}, Requested ${requested}.`;

reads('openai', [
  [
    'retry-after-ms has precedence over retry-after, and both over the text',
    { status: 429, headers: { 'retry-after-ms': '411', 'retry-after': '1' }, body: inError('Try again in 9s.') },
    'rate_limited',
    { wait: 411 },
  ],
  [
    'an invalid wait is skipped for the next source',
    { status: 429, headers: { 'retry-after-ms': 'soon', 'retry-after': '-3' }, body: inError('Try again in 1m30s.') },
    'rate_limited',
    { wait: 90_000 },
  ],
  [
    'requests per minute: the text gives the window, its limit and what remains',
    { status: 429, body: inError(`${used('requests per min (RPM)', 3, 3, 1)} Please try again in 20s.`) },
    'rate_limited',
    {
      wait: 20_000,
      window: 'requestsPerMinute',
      limits: { requestsPerMinute: 3 },
      // It refills evenly, so a full refill takes a minute.
      observed: [{ window: 'requestsPerMinute', limit: 3, remaining: 0, resetAt: NOW + 60_000 }],
    },
  ],
  [
    'requests per day: the retry time is the one in the text',
    { status: 429, body: inError(`${used('requests per day (RPD)', 200, 200, 1)} Please try again in 7m12s.`) },
    'quota_day',
    { wait: 432_000, window: 'requestsPerDay', limits: { requestsPerDay: 200 } },
  ],
  [
    'a named limit has precedence over an overload in the same text',
    { status: 429, body: inError(`There is high demand. ${used('tokens per min (TPM)', 90, 80, 20)}`) },
    'rate_limited',
    { window: 'tokensPerMinute', limits: { tokensPerMinute: 90 } },
  ],
  [
    'slow_down is a rate limit',
    { status: 429, body: inError('Slow down, please.', 'slow_down', 'rate_limit_error') },
    'rate_limited',
  ],
  [
    'no money, despite a retry-after',
    {
      status: 429,
      headers: { 'retry-after': '2' },
      body: inError('No more until the month ends.', 'organization_usage_limit_exceeded', 'x'),
    },
    'no_money',
    { scope: 'key' },
  ],
  [
    'no money by text only',
    { status: 429, body: inError('You exceeded your current quota, please check your plan and billing details.') },
    'no_money',
  ],
  ['no money by type only', { status: 403, body: inError('x', null, 'insufficient_quota') }, 'no_money'],
  [
    'a request larger than the whole minute, by the numbers in the text',
    { status: 429, body: inError('On tokens per min (TPM): Limit 9000, Requested 9001.') },
    'too_large_for_limit',
    { window: 'tokensPerMinute', limits: { tokensPerMinute: 9000 } },
  ],
  [
    'a prompt that is too long, with the size of the window',
    { status: 400, body: inError("This model's maximum context length is 16385 tokens, and you sent 99999.") },
    'context_length',
    { contextTokens: 16_385 },
  ],
  [
    'a prompt that is too long, in another wording',
    { status: 400, body: inError('Input tokens exceed the configured limit of 272,000 tokens. Yours had 300,000.') },
    'context_length',
    { contextTokens: 272_000 },
  ],
  [
    'a parameter by code',
    {
      status: 400,
      body: { error: { message: 'No.', type: 'x', param: 'top_p', code: 'unsupported_value' } },
    },
    'bad_request',
    { refusedParameter: 'top_p' },
  ],
  [
    'a parameter by text',
    { status: 400, body: inError('Unrecognized request argument supplied: store') },
    'bad_request',
    { refusedParameter: 'store' },
  ],
  [
    'a field that is too long is not a prompt that is too long',
    { status: 400, body: inError('maximum context length is 9', 'string_above_max_length') },
    'bad_request',
  ],
  ['digits in a text are not a status', { status: 400, body: inError('Row 429 of the file is bad') }, 'bad_request'],
  [
    'digits in the text and the code of a 500 are not a status',
    { status: 500, body: inError('rate 429 503 402', '429') },
    'server',
  ],
  [
    'a rate limit under another status, by code',
    { status: 400, headers: { 'retry-after': '3' }, body: inError('x', 'rate_limit_exceeded') },
    'rate_limited',
    { wait: 3000 },
  ],
  ['a model without permission for the project', { status: 403, body: inError('x', 'model_not_found') }, 'model_gone'],
  [
    'an unsupported country',
    { status: 403, body: inError('x', 'unsupported_country_region_territory') },
    'auth',
    { scope: 'key' },
  ],
  [
    'the reset of a window with something remaining is ignored',
    {
      status: 429,
      headers: {
        'x-ratelimit-remaining-requests': '4',
        'x-ratelimit-reset-requests': '11h',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '2.5s',
      },
      body: inError('x'),
    },
    'rate_limited',
    { wait: 2500, window: 'tokensPerMinute' },
  ],
]);

reads('azure', [
  [
    'a reset of -1 is not a reset',
    {
      status: 429,
      headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '-1' },
      body: inError('You have exceeded the token rate limit. Please retry after 21 seconds.', '429'),
    },
    'rate_limited',
    { wait: 21_000 },
  ],
  [
    'high demand',
    { status: 429, headers: { 'retry-after': '10' }, body: inError('Due to high demand this is busy.', '429') },
    'overloaded',
    { wait: 10_000 },
  ],
  [
    'the content filter by text',
    { status: 400, body: inError("The prompt triggered Azure OpenAI's content management policy.") },
    'content_filter',
    { scope: 'request' },
  ],
  ['the content filter by code', { status: 400, body: inError('x', 'content_filter') }, 'content_filter'],
]);

const anthropic = (type: string, message: string, code?: string) => ({
  type: 'error',
  error: { type, message, ...(code === undefined ? {} : { details: { error_code: code } }) },
  request_id: 'r',
});

reads('anthropic-compat', [
  [
    'the reset of the spent window',
    {
      status: 429,
      headers: {
        'anthropic-ratelimit-output-tokens-limit': '8000',
        'anthropic-ratelimit-output-tokens-remaining': '0',
        'anthropic-ratelimit-output-tokens-reset': '2026-06-16T10:00:31Z',
        'anthropic-ratelimit-requests-remaining': '40',
        'anthropic-ratelimit-requests-reset': '2026-06-16T10:00:01Z',
      },
      body: anthropic('rate_limit_error', 'Too much.'),
    },
    'rate_limited',
    { wait: 31_000, window: 'tokensPerMinute' },
  ],
  [
    'a limit in the text',
    {
      status: 429,
      body: anthropic('rate_limit_error', 'This exceeds the rate limit of 40,000 input tokens per minute.'),
    },
    'rate_limited',
    { window: 'tokensPerMinute', limits: { tokensPerMinute: 40_000 } },
  ],
  [
    'a spend limit is not a rate limit',
    {
      status: 429,
      headers: { 'retry-after': '9' },
      body: anthropic('rate_limit_error', 'x', 'contract_spend_limit_reached'),
    },
    'no_money',
  ],
  ['a billing error', { status: 402, body: anthropic('billing_error', 'x') }, 'no_money'],
  [
    'no credit as a 400',
    { status: 400, body: anthropic('invalid_request_error', 'The credit balance is too low.') },
    'no_money',
  ],
  [
    'a prompt that is too long',
    { status: 400, body: anthropic('invalid_request_error', 'prompt is too long: 1000001 tokens > 1000000 maximum') },
    'context_length',
    { contextTokens: 1_000_000 },
  ],
  [
    'a prompt that is too long together with max_tokens',
    {
      status: 400,
      body: anthropic('x', 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, send less'),
    },
    'context_length',
    { contextTokens: 200_000 },
  ],
  ['too many bytes', { status: 413, body: anthropic('request_too_large', 'x') }, 'context_length'],
  [
    'an unknown field of a message',
    { status: 400, body: anthropic('x', 'messages.0.refusal: Extra inputs are not permitted') },
    'bad_request',
    { refusedParameter: 'messages.0.refusal' },
  ],
  ['an overload', { status: 529, body: anthropic('overloaded_error', 'x') }, 'overloaded'],
  ['an overload as a 500', { status: 500, body: anthropic('overloaded_error', 'x') }, 'overloaded'],
]);

const google = (
  quotas: readonly (readonly [id: string, value?: string])[],
  {
    delay,
    message = 'You exceeded your current quota, please check your plan and billing details.',
  }: { delay?: string; message?: string } = {},
) => [
  {
    error: {
      code: 429,
      message,
      status: 'RESOURCE_EXHAUSTED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: quotas.map(([quotaId, quotaValue]) => ({ quotaId, quotaValue })),
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: delay },
      ],
    },
  },
];
const FREE = 'PerProjectPerModel-FreeTier';

for (const provider of ['gemini-compat', 'an unknown server'])
  reads(provider, [
    [
      'tokens per minute',
      {
        status: 429,
        body: google([['GenerateContentInputTokensPerModelPerMinute-FreeTier', '125000']], { delay: '17.2s' }),
      },
      'rate_limited',
      { wait: 17_200, window: 'tokensPerMinute', limits: { tokensPerMinute: 125_000 } },
    ],
    [
      'a spent day has precedence over a short delay',
      { status: 429, body: google([[`GenerateRequestsPerDay${FREE}`, '250']], { delay: '8s' }) },
      'quota_day',
      { wait: PACIFIC_MIDNIGHT, window: 'requestsPerDay', limits: { requestsPerDay: 250 } },
    ],
    [
      'a spent day has precedence over a spent minute, and both limits are learned',
      {
        status: 429,
        headers: { 'retry-after': '8' },
        body: google([
          [`GenerateRequestsPerMinute${FREE}`, '4'],
          ['GenerateContentInputTokensPerModelPerDay', '3000000'],
          ['Odd', '7'],
        ]),
      },
      'quota_day',
      {
        wait: PACIFIC_MIDNIGHT,
        window: 'tokensPerDay',
        limits: { requestsPerMinute: 4, tokensPerDay: 3_000_000 },
      },
    ],
    [
      'a missing free tier affects the model only, and teaches no limit',
      {
        status: 429,
        body: google(
          [
            [`GenerateRequestsPerMinute${FREE}`, '0'],
            [`GenerateRequestsPerDay${FREE}`, '0'],
          ],
          { delay: '8s' },
        ),
      },
      'no_money',
      { scope: 'model' },
    ],
    [
      'a missing free tier by text',
      { status: 429, body: inError('Quota exceeded for metric: requests, limit: 0, model: x\nPlease retry in 8.5s.') },
      'no_money',
      { scope: 'model' },
    ],
    [
      'a quota without a value, and a wait in the text',
      { status: 429, body: google([[`GenerateRequestsPerMinute${FREE}`]], { message: 'Please retry in 3.25s.' }) },
      'rate_limited',
      { wait: 3250, window: 'requestsPerMinute' },
    ],
    ['an exhausted resource without details', { status: 429, body: google([]) }, 'rate_limited'],
    ['prepaid credit is used up', { status: 402, body: google([], { delay: '5s' }) }, 'no_money', { scope: 'key' }],
    [
      'a prompt that is too long',
      {
        status: 400,
        body: [
          {
            error: {
              code: 400,
              message: 'The input token count (40000) exceeds the maximum number of tokens allowed (32768).',
            },
          },
        ],
      },
      'context_length',
      { contextTokens: 32_768 },
    ],
    [
      'a country without a free tier',
      {
        status: 400,
        body: [
          {
            error: { message: 'Not available in your country. Please enable billing.', status: 'FAILED_PRECONDITION' },
          },
        ],
      },
      'no_money',
    ],
    [
      'an expired key',
      { status: 400, body: [{ error: { message: 'API key expired. Renew it.', status: 'INVALID_ARGUMENT' } }] },
      'auth',
    ],
    [
      'an unknown field',
      {
        status: 400,
        body: [{ error: { message: 'Invalid JSON payload received. Unknown name "logitBias": no such field.' } }],
      },
      'bad_request',
      { refusedParameter: 'logit_bias' },
    ],
  ]);

reads('groq', [
  [
    'a spent rolling day of tokens',
    {
      status: 429,
      headers: { 'x-ratelimit-remaining-tokens': '5000', 'x-ratelimit-reset-tokens': '3s' },
      body: inError(`${used('tokens per day (TPD)', 200_000, 199_000, 1500)} Please try again in 3m36s.`),
    },
    'quota_day',
    {
      wait: 216_000,
      limits: { tokensPerDay: 200_000 },
      window: 'tokensPerDay',
      observed: [
        { window: 'tokensPerMinute', remaining: 5000, resetAt: NOW + 3000 },
        { window: 'tokensPerDay', limit: 200_000, remaining: 1000, resetAt: NOW + 0.995 * 86_400_000 },
      ],
    },
  ],
  [
    'a spent day of requests by headers only',
    {
      status: 429,
      headers: {
        'retry-after': '86',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '24h0m0s',
        'x-ratelimit-remaining-tokens': '900',
        'x-ratelimit-reset-tokens': '1s',
      },
      body: inError('Too many.', 'rate_limit_exceeded', 'requests'),
    },
    'quota_day',
    { wait: 86_000, window: 'requestsPerDay' },
  ],
  [
    'a spent minute has precedence over a spent day',
    {
      status: 429,
      headers: {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '20h',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '6.5s',
      },
      body: inError('Too many.'),
    },
    'rate_limited',
    { wait: 6500, window: 'tokensPerMinute' },
  ],
  [
    'a spent day without any retry hint',
    { status: 429, body: inError(used('tokens per day (TPD)', 9000, 9000, 10)) },
    'quota_day',
    { wait: HOUR, limits: { tokensPerDay: 9000 } },
  ],
  [
    'a request larger than the whole minute',
    { status: 413, body: inError('Too much on tokens per minute (TPM): Limit 8000, Requested 8500, send less.') },
    'too_large_for_limit',
    { limits: { tokensPerMinute: 8000 }, window: 'tokensPerMinute', scope: 'request' },
  ],
  [
    'a request larger than the whole minute as a 429, by text only',
    { status: 429, body: inError('Request too large for model x: Limit 8,000 tokens per minute.') },
    'too_large_for_limit',
    { limits: { tokensPerMinute: 8000 } },
  ],
  ['no flexible capacity', { status: 498, body: inError('x', 'capacity_exceeded') }, 'overloaded'],
  ['invalid JSON from the model', { status: 400, body: inError('x', 'json_validate_failed') }, 'model_error'],
  ['a removed model', { status: 400, body: inError('x', 'model_decommissioned') }, 'model_gone'],
  [
    'an unknown property of a message, with the path to it',
    { status: 400, body: inError("Wrong: [('messages.3' : property 'annotations' is unsupported)]") },
    'bad_request',
    { refusedParameter: 'messages.3.annotations' },
  ],
  [
    'an unknown parameter',
    { status: 400, body: inError("property 'metadata' is unsupported") },
    'bad_request',
    { refusedParameter: 'metadata' },
  ],
]);

reads('cerebras', [
  [
    'a spent minute beside a day that is not spent',
    {
      status: 429,
      headers: {
        'x-ratelimit-remaining-requests-day': '7',
        'x-ratelimit-reset-requests-day': '50400.5',
        'x-ratelimit-remaining-requests-minute': '0',
        'x-ratelimit-reset-requests-minute': '24.25',
      },
      body: { message: 'Requests per minute exceeded.', type: 'x', param: 'quota', code: 'request_quota_exceeded' },
    },
    'rate_limited',
    { wait: 24_250, window: 'requestsPerMinute' },
  ],
  [
    'a fixed minute without a reset for it',
    {
      status: 429,
      headers: { 'x-ratelimit-remaining-tokens-minute': '7000', 'x-ratelimit-reset-tokens-minute': '33.5' },
      body: { message: 'Requests per minute exceeded.', type: 'x', param: 'quota', code: 'request_quota_exceeded' },
    },
    'rate_limited',
    { wait: UNTIL_NEXT_MINUTE + 1000, window: 'requestsPerMinute' },
  ],
  [
    'a minute with less remaining than the request needs',
    {
      status: 429,
      headers: { 'x-ratelimit-remaining-tokens-minute': '50', 'x-ratelimit-reset-tokens-minute': '33.5' },
      body: { message: 'Tokens per minute exceeded.', type: 'x', param: 'quota', code: 'token_quota_exceeded' },
    },
    'rate_limited',
    { wait: 33_500, window: 'tokensPerMinute' },
  ],
  [
    'a day by its header',
    {
      status: 429,
      headers: { 'x-ratelimit-remaining-requests-day': '0', 'x-ratelimit-reset-requests-day': '50399.5' },
      body: { message: 'Requests per day exceeded.', code: 'request_quota_exceeded' },
    },
    'quota_day',
    { wait: 50_399_500, window: 'requestsPerDay' },
  ],
  [
    'a day without a header ends at midnight',
    { status: 429, headers: { 'retry-after': '4' }, body: { message: 'Tokens per day exceeded.' } },
    'quota_day',
    { wait: UTC_MIDNIGHT, window: 'tokensPerDay' },
  ],
  [
    'a full queue',
    {
      status: 429,
      body: { message: 'There is high traffic now.', type: 'too_many_requests_error', code: 'queue_exceeded' },
    },
    'overloaded',
  ],
  [
    'a prompt that is too long',
    { status: 400, body: { message: 'Current length is 70001 while limit is 65536', code: 'context_length_exceeded' } },
    'context_length',
    { contextTokens: 65_536 },
  ],
  ['no money', { status: 402, body: { message: 'x', type: 'payment_required_error' } }, 'no_money'],
  ['a wrong key', { status: 401, body: { message: 'x', code: 'wrong_api_key' } }, 'auth'],
]);

reads('mistral', [
  [
    'a rate limit',
    { status: 429, body: { object: 'error', message: 'Too fast', type: 'rate_limited', code: '1300' } },
    'rate_limited',
  ],
  [
    'a rate limit in the older wording, with what remains',
    {
      status: 429,
      headers: { 'x-ratelimit-limit-req-minute': '60', 'x-ratelimit-remaining-req-minute': '0' },
      body: { message: 'Requests rate limit exceeded' },
    },
    'rate_limited',
    { window: 'requestsPerMinute', observed: [{ window: 'requestsPerMinute', limit: 60, remaining: 0 }] },
  ],
  [
    'a service tier without capacity',
    { status: 429, body: { message: 'Capacity exceeded for this tier.', code: '3505' } },
    'overloaded',
  ],
  [
    'an unknown field, with a message that is an object',
    {
      status: 422,
      body: {
        object: 'error',
        message: {
          detail: [{ type: 'extra_forbidden', loc: ['body', 'user'], msg: 'Extra inputs are not permitted' }],
        },
      },
    },
    'bad_request',
    { refusedParameter: 'user' },
  ],
  [
    'an unknown member of a field, with a message that is JSON text',
    {
      status: 422,
      body: {
        message: JSON.stringify({
          detail: [
            { type: 'extra_forbidden', loc: ['body', 'stream_options', 'x'], msg: 'Extra inputs are not permitted' },
          ],
        }),
      },
    },
    'bad_request',
    { refusedParameter: 'stream_options.x' },
  ],
  [
    'a prompt that is too long',
    {
      status: 400,
      body: { message: 'Prompt contains 40000 tokens, too large for model with 32768 maximum context length' },
    },
    'context_length',
    { contextTokens: 32_768 },
  ],
  [
    'an unknown model',
    { status: 400, body: { message: 'Invalid model: x', type: 'invalid_model', code: '1500' } },
    'model_gone',
  ],
]);

reads('xai', [
  [
    'a wrong key as a 400',
    { status: 400, body: { code: 'invalid', error: 'Incorrect API key provided: xa***' } },
    'auth',
  ],
  [
    'no credit as a 403',
    { status: 403, body: { code: 'permission-denied', error: 'Your team has no credits left. Buy some.' } },
    'no_money',
  ],
  [
    'no credit as a 429',
    { status: 429, body: { code: 'exhausted', error: 'The team has exceeded its monthly spend limit.' } },
    'no_money',
  ],
  [
    'a content filter',
    { status: 403, body: { code: 'x', error: 'Content violates usage guidelines.' } },
    'content_filter',
  ],
  [
    'a prompt that is too long',
    { status: 400, body: { code: 'x', error: "This model's maximum prompt length is 131072 but yours had 200000." } },
    'context_length',
    { contextTokens: 131_072 },
  ],
  [
    'a parameter in camel case',
    { status: 400, body: { code: 'x', error: 'Model grok-x does not support parameter presencePenalty.' } },
    'bad_request',
    { refusedParameter: 'presence_penalty' },
  ],
]);

const openrouter = (message: string, code: number, metadata: object = {}) => ({
  error: { message, code, metadata },
  user_id: 'u',
});

reads('openrouter', [
  [
    'a free day, by the headers in the body only',
    {
      status: 429,
      body: openrouter('Limit of free-models-per-day met. Add 10 credits for 1000 a day', 429, {
        headers: { 'X-RateLimit-Limit': '50', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': NOW + 5 * HOUR },
      }),
    },
    'quota_day',
    { wait: 5 * HOUR, window: 'requestsPerDay', scope: 'model' },
  ],
  [
    'a free day without any headers',
    { status: 429, headers: { 'retry-after': '6' }, body: openrouter('Too many: free-models-per-day', 429) },
    'quota_day',
    { wait: UTC_MIDNIGHT, window: 'requestsPerDay' },
  ],
  [
    'a free minute, though the text also names a day',
    {
      status: 429,
      headers: { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 41_000) },
      body: openrouter('Too many: free-models-per-min. With credits you get 1000 requests per day', 429),
    },
    'rate_limited',
    {
      wait: 41_000,
      window: 'requestsPerMinute',
      observed: [{ window: 'requestsPerMinute', remaining: 0, resetAt: NOW + 41_000 }],
    },
  ],
  [
    'headers of the reply have precedence over those in the body',
    {
      status: 429,
      headers: { 'retry-after': '7' },
      body: openrouter('x', 429, { headers: { 'Retry-After': '70' } }),
    },
    'rate_limited',
    { wait: 7000 },
  ],
  [
    'an upstream of the provider without money or capacity does not affect the key',
    {
      status: 429,
      body: openrouter('Provider returned error', 429, {
        raw: 'insufficient_quota, overloaded, per day',
        provider_name: 'p',
      }),
    },
    'rate_limited',
    { scope: 'model' },
  ],
  [
    'a budget held by requests in flight',
    {
      status: 402,
      headers: { 'retry-after': '1.5' },
      body: openrouter('x', 402, { error_type: 'in_flight_budget_exhausted' }),
    },
    'rate_limited',
    { wait: 1500 },
  ],
  [
    'a request larger than the remaining budget',
    { status: 402, body: openrouter('x', 402, { error_type: 'weight_exceeds_budget' }) },
    'too_large_for_limit',
  ],
  ['no credits', { status: 402, body: openrouter('Insufficient credits. Add more.', 402) }, 'no_money'],
  [
    'a key that has met its limit',
    { status: 403, body: openrouter('Key limit exceeded (total limit).', 403) },
    'no_money',
  ],
  [
    'a flagged input',
    {
      status: 403,
      body: openrouter('Moderated. No credits were charged.', 403, { reasons: ['x'], flagged_input: 'y' }),
    },
    'content_filter',
  ],
  [
    'a prompt that is too long, by the text of the upstream',
    {
      status: 400,
      body: openrouter('Provider returned error', 400, {
        raw: JSON.stringify(inError("This endpoint's maximum context length is 40960 tokens.")),
      }),
    },
    'context_length',
    { contextTokens: 40_960 },
  ],
  [
    'a prompt that is too long, by error_type',
    { status: 400, body: openrouter('x', 400, { error_type: 'context_length_exceeded' }) },
    'context_length',
  ],
  [
    'an unknown model',
    { status: 400, body: openrouter('x/y is not a valid model ID', 400) },
    'model_gone',
    { scope: 'model' },
  ],
  [
    'a feature that this request needs and the model lacks',
    { status: 404, body: openrouter('No endpoints found that support tool use.', 404) },
    'bad_request',
    { scope: 'request' },
  ],
]);

reads('together', [
  [
    'a limit per second',
    {
      status: 429,
      headers: { 'x-ratelimit-limit': '2', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' },
      body: inError('Too fast.', 'rate_limit', 'credit_limit'),
    },
    'rate_limited',
    { wait: 1000, observed: [{ window: 'requestsPerMinute', remaining: 0, resetAt: NOW + 1000 }] },
  ],
  [
    'no capacity',
    { status: 503, headers: { 'retry-after': '4' }, body: inError('x', 'overloaded') },
    'overloaded',
    { wait: 4000 },
  ],
  [
    'a prompt that is too long',
    { status: 422, body: inError('`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000') },
    'context_length',
    { contextTokens: 8193 },
  ],
  ['no credit', { status: 402, body: inError('x') }, 'no_money'],
  ['an unknown model', { status: 404, body: inError('x', 'model_not_available') }, 'model_gone'],
]);

reads('fireworks', [
  ['a suspended account', { status: 412, body: inError('Your account is suspended.') }, 'no_money'],
  ['an adapter that does not load', { status: 412, body: inError('Could not load the LoRA') }, 'overloaded'],
  [
    'a prompt that is too long',
    { status: 400, body: inError('The prompt is too long: 9000, model maximum context length: 8192') },
    'context_length',
    { contextTokens: 8192 },
  ],
]);

reads('nvidia', [
  ['a reply without an error text', { status: 429, body: { status: 429, title: 'Too Many Requests' } }, 'rate_limited'],
  ['a gateway timeout', { status: 504, body: { status: 504, title: 'Gateway Timeout' } }, 'timeout'],
  [
    'a model that the account does not have',
    { status: 404, body: { status: 404, title: 'Not Found', detail: "Account 'a' has no function 'f'" } },
    'model_gone',
  ],
  [
    'a degraded model',
    { status: 400, body: { status: 400, title: 'Bad Request', detail: 'DEGRADED function cannot be invoked' } },
    'overloaded',
  ],
  [
    'an unknown parameter',
    { status: 400, body: { status: 400, title: 'Bad', detail: 'Unsupported parameter(s): `parallel_tool_calls`' } },
    'bad_request',
    { refusedParameter: 'parallel_tool_calls' },
  ],
]);

reads('sambanova', [
  [
    'a day of tokens, by its length in seconds',
    { status: 429, body: inError('Violated duration_s: 86400, current usage: 99000, limit: 100000') },
    'quota_day',
    {
      wait: HOUR,
      window: 'tokensPerDay',
      limits: { tokensPerDay: 100_000 },
      observed: [{ window: 'tokensPerDay', limit: 100_000, remaining: 1000 }],
    },
  ],
  [
    'a day of requests, with a reset in its header',
    {
      status: 429,
      headers: {
        'x-ratelimit-remaining-requests-day': '0',
        'x-ratelimit-reset-requests-day': String(NOW / 1000 + 9000),
      },
      body: inError('Violated duration_s: 86400, current usage: 20, limit: 20'),
    },
    'quota_day',
    { wait: 9_000_000, window: 'requestsPerDay', limits: { requestsPerDay: 20 } },
  ],
  [
    'a minute',
    {
      status: 429,
      headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '13' },
      body: inError('Violated duration_s: 60, current usage: 30, limit: 30'),
    },
    'rate_limited',
    { wait: 13_000, window: 'requestsPerMinute', limits: { requestsPerMinute: 30 } },
  ],
  ['a removed model', { status: 410, body: inError('x') }, 'model_gone'],
]);

reads('cohere-compat', [
  [
    'the month of a trial key',
    { status: 429, body: { message: 'A trial key is limited to 500 API calls per month.' } },
    'no_money',
    { wait: Date.parse('2026-07-01T00:00:00Z') - NOW, scope: 'key' },
  ],
  [
    'the minute of a trial key',
    { status: 429, body: { message: 'A Trial key is limited to 10 API calls / minute.' } },
    'rate_limited',
    { window: 'requestsPerMinute', limits: { requestsPerMinute: 10 } },
  ],
  ['a wrong key', { status: 498, body: { message: 'Invalid token' } }, 'auth'],
  [
    'an unknown field',
    { status: 422, body: { message: "unknown field: parameter 'logit_bias' is not a valid field" } },
    'bad_request',
    { refusedParameter: 'logit_bias' },
  ],
  [
    'a prompt that is too long',
    { status: 400, body: { message: 'too many tokens: all tokens in the prompt cannot exceed 4081, got 5000' } },
    'context_length',
    { contextTokens: 4081 },
  ],
]);

const cloudflare = (code: number, message = 'x') => ({
  success: false,
  errors: [{ code, message }],
  messages: [],
  result: {},
});

reads('cloudflare', [
  [
    'the daily neurons',
    { status: 429, body: cloudflare(3036, 'The daily 10,000 neurons are used up.') },
    'quota_day',
    { wait: UTC_MIDNIGHT },
  ],
  [
    'the daily neurons under another status',
    { status: 400, body: cloudflare(3036) },
    'quota_day',
    { wait: UTC_MIDNIGHT },
  ],
  [
    'no capacity',
    { status: 429, headers: { 'retry-after': '2' }, body: cloudflare(3040) },
    'overloaded',
    { wait: 2000 },
  ],
  ['a request that is too large', { status: 413, body: cloudflare(3006) }, 'too_large_for_limit'],
  ['a timeout', { status: 400, body: cloudflare(3007) }, 'timeout'],
  ['an aborted request', { status: 408, body: cloudflare(3008) }, 'timeout'],
  ['no such model as a 400', { status: 400, body: cloudflare(5007) }, 'model_gone'],
  ['no such model', { status: 404, body: cloudflare(3042) }, 'model_gone'],
  [
    'a licence that the account has not accepted',
    { status: 403, body: cloudflare(5016) },
    'model_gone',
    { scope: 'model' },
  ],
  ['a wrong token', { status: 403, body: cloudflare(10_000, 'Authentication error') }, 'auth'],
  ['an unknown model in OpenAI’s shape', { status: 400, body: inError('No such model here', 5007) }, 'model_gone'],
  [
    'a prompt that is too long',
    { status: 400, body: cloudflare(5021, 'Tokens exceeded this model context window limit (8192)') },
    'context_length',
    { contextTokens: 8192 },
  ],
]);

reads('huggingface', [
  [
    'the monthly credits are used up',
    { status: 402, body: { error: 'You have exceeded your monthly included credits.' } },
    'no_money',
  ],
  ['a model without a provider', { status: 400, body: inError('x', 'model_not_supported') }, 'model_gone'],
]);

reads('deepseek', [
  ['no money as a 402', { status: 402, body: inError('Insufficient account balance') }, 'no_money'],
  ['no money as a 401', { status: 401, body: inError('Insufficient balance. Recharge.') }, 'no_money'],
  ['a content filter', { status: 400, body: inError('Content Exists Risk') }, 'content_filter'],
  ['an unknown model', { status: 400, body: inError('Model Not Exist') }, 'model_gone'],
]);

reads('a server with the limits of GitHub Models', [
  [
    'a day, by its length in seconds',
    {
      status: 429,
      body: inError('Rate limit of 150 per 86400s exceeded for UserByModelByDay. Please wait 4200 seconds.'),
    },
    'quota_day',
    { wait: 4_200_000, window: 'requestsPerDay', limits: { requestsPerDay: 150 } },
  ],
  [
    'a minute, by its length in seconds',
    {
      status: 429,
      headers: { 'retry-after': '44' },
      body: inError('Rate limit of 15 per 60s exceeded for UserByModelByMinute. Please wait 45 seconds.'),
    },
    'rate_limited',
    { wait: 44_000, window: 'requestsPerMinute', limits: { requestsPerMinute: 15 } },
  ],
]);

reads('a server with other wordings', [
  [
    'a period named "daily"',
    { status: 429, headers: { 'retry-after': '900' }, body: { detail: 'You reached your daily limit of 75 requests' } },
    'quota_day',
    { wait: 900_000, window: 'requestsPerDay', limits: { requestsPerDay: 75 } },
  ],
  [
    'a period named "per 1 minute"',
    { status: 429, body: 'Too many: limit 12 requests per 1 minute' },
    'rate_limited',
    { window: 'requestsPerMinute', limits: { requestsPerMinute: 12 } },
  ],
  [
    'a period after a slash',
    { status: 429, body: { error: 'limit: 1,500 tokens/min' } },
    'rate_limited',
    { window: 'tokensPerMinute', limits: { tokensPerMinute: 1500 } },
  ],
  [
    'a limit that is a duration is not a count',
    { status: 429, body: { error: 'Limit 30s of audio per day' } },
    'quota_day',
    { wait: HOUR },
  ],
  [
    'a URL names no period',
    { status: 429, body: { error: 'Too many. See https://vendor.example/limits/minute-by-minute' } },
    'rate_limited',
  ],
  [
    'an HTML page',
    { status: 429, headers: { 'retry-after': '3' }, body: '<html>per day</html>' },
    'rate_limited',
    { wait: 3000 },
  ],
]);

reads('vllm', [
  [
    'a prompt that is too long',
    {
      status: 400,
      body: { object: 'error', message: "This model's maximum context length is 2048 tokens.", code: 400 },
    },
    'context_length',
    { contextTokens: 2048 },
  ],
  [
    'an unknown field in Python notation',
    {
      status: 400,
      body: inError("[{'type': 'extra_forbidden', 'loc': ('body', 'store'), 'msg': 'Extra inputs are not permitted'}]"),
    },
    'bad_request',
    { refusedParameter: 'store' },
  ],
]);

reads('llamacpp', [
  [
    'a model that is still loading',
    { status: 503, body: { error: { code: 503, message: 'Loading', type: 'unavailable_error' } } },
    'overloaded',
    { wait: 5000 },
  ],
  [
    'a prompt that is too long',
    {
      status: 400,
      body: {
        error: {
          code: 400,
          message: 'the request exceeds the available context size (4096 tokens), try more',
          type: 'exceed_context_size_error',
        },
      },
    },
    'context_length',
    { contextTokens: 4096 },
  ],
]);

reads('lmstudio', [
  [
    'a prompt that is too long',
    {
      status: 400,
      body: { error: 'The model is loaded with context length of only 4096 tokens, which is not enough' },
    },
    'context_length',
    { contextTokens: 4096 },
  ],
]);

reads('sglang', [
  [
    'a prompt that is too long',
    { status: 400, body: inError("The input (5000 tokens) is longer than the model's context length (4096 tokens).") },
    'context_length',
    { contextTokens: 4096 },
  ],
]);

reads('ollama', [
  ['an unknown model', { status: 404, body: inError('no "m" here') }, 'model_gone'],
  ['a full queue', { status: 503, body: { error: 'server busy, please try again' } }, 'overloaded', { wait: 5000 }],
]);

describe('a wait in prose', () => {
  test.each([
    ['Please try again in 2h3m.', 7_380_000],
    ['Retry after 37 seconds', 37_000],
    ['Please wait for 2 minutes', 120_000],
    ['Retry in about 1 hour', HOUR],
    ['It resets in 250ms', 250],
    ['Please try again in 1 hour 30 minutes.', 5_400_000],
    ['Wait 1 hour, 2 minutes and 3 seconds', 3_723_000],
    ['Please retry your request after 37 seconds.', 37_000],
    ['Retry after 12 s.', 12_000],
    ['You must wait 1,800 seconds', 1_800_000],
    ['Wait 2 more turns, then retry in 5m 30s, 3 times', 330_000],
    ['Please wait 0 seconds', undefined],
    ['Please wait 400 days', undefined],
    ['Wait 5 oranges, then try again later', undefined],
  ])('%s', (text, wait) => {
    const { retryAt } = readOf('openai', { status: 429, body: inError(text) });
    expect(retryAt).toBe(wait === undefined ? undefined : NOW + wait);
  });

  test.each([
    ['30 seconds', 30_000],
    ['5m 30s', 330_000],
    ['soon', undefined],
    ['3 oranges', undefined],
  ])('in a header: %s', (text, wait) => {
    const { retryAt } = readOf('openai', { status: 429, headers: { 'retry-after': text }, body: inError('x') });
    expect(retryAt).toBe(wait === undefined ? undefined : NOW + wait);
  });

  test('sets the retry time of a server error too, and not that of a client error', () => {
    const headers = { 'retry-after': '5' };
    expect(readOf('openai', { status: 500, headers }).retryAt).toBe(NOW + 5000);
    expect(readOf('openai', { status: 400, headers, body: inError('x') }).retryAt).toBeUndefined();
    expect(readOf('openai', { status: 401, headers }).retryAt).toBeUndefined();
  });
});

describe('an error inside a 200', () => {
  const BY = { rules: PLAIN_RULES, now: NOW };
  test.each([
    [{ error: inError('x', 'insufficient_quota').error }, 'no_money', 429],
    [{ type: 'error', error: { type: 'overloaded_error', message: 'x' } }, 'overloaded', 529],
    [{ error: inError('maximum context length is 512 tokens', 400).error }, 'context_length', 400],
    [{ error: 'Loaded with context length of only 512 tokens' }, 'context_length', 400],
    [{ error: openrouter('x', 402, { error_type: 'in_flight_budget_exhausted' }).error }, 'rate_limited', 402],
    [{ error: google([[`GenerateRequestsPerDay${FREE}`, '9']])[0]?.error }, 'quota_day', 429],
    [{ error: inError('x', null, 'billing_error').error }, 'no_money', 402],
    [{ error: inError('x', 'model_not_found').error }, 'model_gone', 404],
    [{ error: inError('odd').error, status_code: 500 }, 'server', 500],
    [{ x_groq: { error: 'cut' } }, 'server', 502],
  ] as const)('%j is %s', (value, kind, status) => {
    const error = errorIn(value);
    if (error === undefined) throw new Error('no error');
    expect(readReportedError(error, BY)).toMatchObject({ class: kind, status });
  });

  test.each([
    ['insufficient_quota', 'no_money', undefined],
    ['billing_hard_limit_reached', 'no_money', undefined],
    ['billing_not_active', 'no_money', undefined],
    ['rate_limit_exceeded', 'rate_limited', 1200],
    ['server_error', 'server', 1200],
    ['server_is_overloaded', 'overloaded', 1200],
    ['slow_down', 'overloaded', 1200],
    ['context_length_exceeded', 'context_length', undefined],
    ['invalid_prompt', 'bad_request', undefined],
    ['invalid_encrypted_content', 'bad_request', undefined],
    ['data_residency_mismatch', 'bad_request', undefined],
    ['bio_policy', 'content_filter', undefined],
    ['image_content_policy_violation', 'content_filter', undefined],
    ['image_too_large', 'bad_request', undefined],
    ['invalid_base64_image', 'bad_request', undefined],
    ['unsupported_image_media_type', 'bad_request', undefined],
    ['empty_image_file', 'bad_request', undefined],
    ['failed_to_download_image', 'bad_request', undefined],
    ['vector_store_timeout', 'server', 1200],
  ] as const)('the code %s in the stream of a response is %s', (code, kind, wait) => {
    const error = errorIn({ type: 'error', code, message: 'It failed. Please try again in 1.2s.', param: null });
    if (error === undefined) throw new Error('no error');
    const { class: read, retryAt } = readReportedError(error, BY);
    expect([read, retryAt]).toEqual([kind, wait === undefined ? undefined : NOW + wait]);
  });

  test('gives a retry time and limits as a refusal does', () => {
    const error = errorIn({ error: google([[`GenerateRequestsPerMinute${FREE}`, '9']], { delay: '4s' })[0]?.error });
    if (error === undefined) throw new Error('no error');
    expect(readReportedError(error, BY)).toMatchObject({
      class: 'rate_limited',
      retryAt: NOW + 4000,
      learned: { limits: { requestsPerMinute: 9 } },
    });
  });
});

const CLASSES: ReadonlySet<string> = new Set<ReadingClass>([
  'rate_limited',
  'quota_day',
  'no_money',
  'too_large_for_limit',
  'overloaded',
  'context_length',
  'content_filter',
  'bad_request',
  'auth',
  'model_gone',
  'model_error',
  'server',
  'timeout',
]);

test('every reply has a class, and a retry time within a month', () => {
  const member = fc.constantFrom(
    'error',
    'errors',
    'message',
    'code',
    'type',
    'status',
    'details',
    'metadata',
    'detail',
  );
  const more = fc.constantFrom(
    'param',
    'violations',
    'quotaId',
    'quotaValue',
    'retryDelay',
    'headers',
    'raw',
    'loc',
    'msg',
  );
  const word = fc.constantFrom(
    'constructor',
    '__proto__',
    'tokens per day: Limit 5, Used 9, Requested 2',
    'retry in 4000h',
    'duration_s: 86400, limit: 0',
    'GenerateTokensPerDay',
    '1000 calls / month',
    '3036',
    '12s',
  );
  const { body } = fc.letrec<{ body: unknown }>((tie) => ({
    body: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(fc.string(), word, fc.double(), fc.constant(null)),
      fc.array(tie('body'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(member, more), tie('body'), { maxKeys: 5 }),
    ),
  }));
  const name = fc.constantFrom(
    'retry-after',
    'retry-after-ms',
    'x-ratelimit-remaining-requests',
    'x-ratelimit-reset-requests',
    'x-ratelimit-remaining-tokens-day',
    'x-ratelimit-reset-tokens-day',
    'x-ratelimit-reset',
    'x-ratelimit-remaining',
  );
  const value = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.constantFrom('0', '1h', '2026-06-17T00:00:00Z', '31d'),
  );
  const status = fc.oneof(fc.constantFrom(400, 402, 403, 413, 429, 500, 503), fc.integer({ min: 0, max: 1000 }));
  const provider = fc.constantFrom('unknown', ...Object.keys(PRESETS));
  fc.assert(
    fc.property(
      status,
      fc.dictionary(name, fc.oneof(value, fc.array(value))),
      body,
      provider,
      (status, headers, body, rules) => {
        const reading = readOf(rules, { status, headers, body });
        expect(CLASSES.has(reading.class)).toBe(true);
        expect(['request', 'model', 'key']).toContain(reading.scope);
        const { retryAt = NOW + 1 } = reading;
        expect(retryAt > NOW && retryAt <= NOW + 31 * DAY).toBe(true);
        for (const limit of Object.values(reading.learned?.limits ?? {}))
          expect(Number.isSafeInteger(limit) && Number(limit) > 0).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
});

test.each([
  'retry ',
  'limit 1',
  'model ',
  'a.',
  '1s',
  'tokens per ',
  'extra_forbidden',
  'duration_s: 1, ',
  '{"message":',
  '[',
  '{',
  " '",
  '`x',
  'https://',
  'no model a ',
  '9',
])('64 KB of %j are read quickly', (piece) => {
  const text = piece.repeat(65_536 / piece.length);
  const started = cpuTime();
  for (const body of [
    text,
    inError(text),
    inError(text, text, text),
    openrouter('x', 400, { raw: text, headers: { 'retry-after': text } }),
  ])
    for (const status of [400, 413, 429]) readOf('openai', { status, body, headers: { 'x-ratelimit-reset': text } });
  // Twelve readings. A reading that is quadratic in the size takes seconds.
  expect(cpuTime() - started).toBeLessThan(1500);
});

const withParam = (message: string, param: string | null, code: string | null = null) => ({
  error: { message, type: 'invalid_request_error', param, code },
});
const python = (input: string) =>
  `[{'type': 'literal_error', 'loc': ('body', 'tool_choice'), 'msg': 'Input should be auto', 'input': '${input}'}]`;

/** Genuine refusals, each of which takes something out of service by its text only. */
const GENUINE: readonly (readonly [status: number, message: string, kind: ReadingClass, scope: Reading['scope']])[] = [
  [400, 'Incorrect API key provided: abc***. See your settings.', 'auth', 'key'],
  [400, 'API key not valid. Please pass a valid one.', 'auth', 'key'],
  [400, 'Your credit balance is too low for this.', 'no_money', 'key'],
  [400, 'You are out of credits', 'no_money', 'key'],
  [400, 'Insufficient balance', 'no_money', 'key'],
  [400, 'The model `a/b-1.5` does not exist', 'model_gone', 'model'],
  [400, "Model 'a' not found", 'model_gone', 'model'],
  [400, 'Invalid model: "a"', 'model_gone', 'model'],
  [400, 'DEGRADED function cannot be invoked', 'overloaded', 'model'],
  [400, "This model's maximum context length is 4096 tokens.", 'context_length', 'request'],
  [400, 'Your input was flagged.', 'content_filter', 'request'],
  [422, '`inputs` tokens + `max_new_tokens` must be <= 4097.', 'context_length', 'request'],
  [403, 'The team has no credits left', 'no_money', 'key'],
  [403, 'Your key has exceeded its monthly budget.', 'no_money', 'key'],
  [403, 'You do not have access to the model that you named.', 'auth', 'model'],
  [403, 'The model a/b is restricted. Ask its makers.', 'auth', 'model'],
  [401, 'You are not authorized to use this model', 'auth', 'model'],
  [404, "model 'a' not found, try to pull it", 'model_gone', 'model'],
  [404, 'models/a-1.5 is not found for API version v1', 'model_gone', 'model'],
  [404, 'No endpoints found for a/b.', 'model_gone', 'model'],
  [404, "Function 'x': Not found for account 'y'", 'model_gone', 'model'],
  [404, 'The model a has reached the end of its life', 'model_gone', 'model'],
];

describe('a provider’s own text', () => {
  test.each(GENUINE)('%i %s', (status, message, kind, scope) => {
    const reading = readOf('openai', { status, body: inError(message) });
    expect(reading).toMatchObject({ class: kind, scope });
    // Each matched text is a part of the message.
    for (const matched of reading.matchedText) {
      expect(matched.length).toBeGreaterThan(3);
      expect(message.toLowerCase()).toContain(matched);
    }
    if (kind !== 'context_length') expect(reading.matchedText).not.toEqual([]);
  });

  test('is not matched if the status or a code gives the class', () => {
    const codes = [
      [400, 'content_filter'],
      [400, 'context_length_exceeded'],
      [400, 'insufficient_quota'],
      [404, 'model_not_found'],
      [429, 'rate_limit_exceeded'],
      [401, null],
      [402, null],
    ] as const;
    for (const [status, code] of codes)
      expect(readOf('openai', { status, body: inError('no', code) }).matchedText).toEqual([]);
  });

  test.each([
    [{ status: 403, body: inError('We have found: team has no credits left.') }, ['no credits left']],
    [{ status: 404, body: inError('Sorry. The model `a` does not exist.') }, ['model `a` does not exist']],
    [{ status: 429, body: google([[`GenerateRequestsPerDay${FREE}`, '9']]) }, []],
  ])('of %j is read by %j', (reply, matched) => {
    expect(readOf('unknown', reply).matchedText).toEqual(matched);
  });
});

describe('a client’s text that a provider echoes', () => {
  const ECHOES = ['invalid api key', 'out of credits', 'model x does not exist', 'maximum context length is 1'];

  test.each(ECHOES)('does not classify the refusal: %s', (echo) => {
    const bodies = [
      withParam(`Invalid value: '${echo}'. Supported values are: 'none', 'auto'.`, 'tool_choice', 'invalid_value'),
      withParam(`Invalid value: '${echo}'. Supported values are: 'none', 'auto'.`, null),
      withParam(`The tool “${echo}” is none of yours`, null),
      withParam(`Could not load https://a.example/${echo.replaceAll(' ', '/')} and gave up`, null),
      withParam(`Could not load ${echo}`, 'messages[0].content', 'invalid_image_url'),
      withParam(`This does not fit the schema: {"a": "${echo}"}`, null),
      { object: 'error', message: python(echo), type: 'BadRequestError', param: null, code: 400 },
      { error: { code: 400, message: `Invalid JSON payload received. Unknown name "${echo}": no field.` } },
      { detail: [{ type: 'value_error', loc: ['body', 0, 'role'], msg: `Input tag '${echo}' is odd`, input: {} }] },
      { detail: [{ type: 'extra_forbidden', loc: ['body', echo], msg: 'Extra inputs are not permitted' }] },
    ];
    for (const status of [400, 422])
      for (const body of bodies)
        expect(readOf('openai', { status, body })).toMatchObject({ class: 'bad_request', scope: 'request' });
  });

  test.each(ECHOES.slice(0, 3))('is the matched text where it is not quoted: %s', (echo) => {
    const { class: kind, matchedText } = readOf('openai', {
      status: 400,
      body: inError(`Tool call failed - ${echo} - again`),
    });
    expect(kind).not.toBe('bad_request');
    expect(matchedText).toHaveLength(1);
    expect(echo).toContain(matchedText[0]);
  });

  test('never changes the class of a complaint about a value', () => {
    const genuine = fc.constantFrom(...GENUINE.map(([, message]) => message));
    const chosen = fc.oneof(
      genuine,
      fc.string(),
      fc.tuple(fc.string(), genuine, fc.string()).map((parts) => parts.join('')),
      // A client's text may close the quotation.
      genuine.map((text) => `x'. ${text} '`),
      genuine.map((text) => `"}' ${text}`),
    );
    const code = fc.constantFrom('invalid_value', 'invalid_type', 'unsupported_value', 'unknown_parameter', null);
    fc.assert(
      fc.property(chosen, code, fc.constantFrom('tool_choice', 'messages[0].role'), (text, code, param) => {
        const body = withParam(`Invalid value: '${text}'. Supported values are: 'none'.`, param, code);
        expect(readOf('openai', { status: 400, body })).toMatchObject({
          class: 'bad_request',
          scope: 'request',
        });
      }),
    );
  });

  test('does not classify the refusal where `param` is set, in other wordings too', () => {
    for (const message of [
      'invalid api key',
      'out of credits',
      'model x does not exist',
      'exceeded your current quota',
    ])
      for (const status of [400, 422])
        expect(readOf('openai', { status, body: withParam(message, 'user') }).class).toBe('bad_request');
    // The length of a prompt is a matter of the request.
    const long = withParam('The maximum context length is 4096 tokens', 'messages');
    expect(readOf('openai', { status: 400, body: long }).class).toBe('context_length');
  });
});

describe('a refusal that affects one request only, or no key', () => {
  test.each([
    ['a firewall’s page', 403, '<!DOCTYPE html><title>Stop</title>You are blocked', 'server', 'model'],
    ['a proxy’s line of text', 403, 'Forbidden', 'server', 'model'],
    ['an empty body', 403, '', 'server', 'model'],
    ['a line of text about a key', 403, 'Invalid API key', 'auth', 'key'],
    ['a provider’s own error', 403, inError('You may not'), 'bad_request', 'request'],
    ['a provider’s own error about the account', 403, inError('Your account has been deactivated'), 'auth', 'key'],
    [
      'a prompt that is too long',
      403,
      inError('`inputs` tokens + `max_new_tokens` must be <= 99'),
      'context_length',
      'request',
    ],
    ['a guardrail', 403, inError('Stopped by guardrail pii: credit card number found'), 'content_filter', 'request'],
    ['a text about a credit card', 403, inError('We found no credit card in the text'), 'bad_request', 'request'],
    [
      'a request that costs more than the credit covers',
      402,
      inError('This request requires more credits, or fewer max_tokens, and you can only afford 2000.', 402),
      'no_money',
      'request',
    ],
    ['an account without any credit', 402, inError('You can only afford 0 tokens.', 402), 'no_money', 'key'],
    [
      'a list of allowed providers',
      404,
      inError('No allowed providers are available for the selected model.'),
      'bad_request',
      'request',
    ],
    ['a data policy', 404, inError('No endpoints found matching your data policy'), 'bad_request', 'request'],
    [
      'required parameters',
      404,
      inError('No endpoints found that can handle the requested parameters'),
      'bad_request',
      'request',
    ],
    ['a file', 404, inError('No such File object: f'), 'bad_request', 'request'],
    ['a URL', 404, inError('Unknown request URL: POST /v1/embeddings'), 'bad_request', 'request'],
    [
      'an endpoint',
      404,
      inError('This is not a chat model and not supported in this endpoint'),
      'bad_request',
      'request',
    ],
    ['an HTML page', 404, '<h1>Not Found</h1>', 'model_gone', 'request'],
    ['a model by code', 404, inError('No', 'model_not_found'), 'model_gone', 'model'],
    ['a removed model', 410, '', 'model_gone', 'model'],
  ] as const)('%s as a %i', (_, status, body, kind, scope) => {
    expect(readOf('openai', { status, body })).toMatchObject({ class: kind, scope });
  });
});

const zero = (message: string, headers = {}) => readOf('unknown', { status: 429, headers, body: inError(message) });

describe('a limit of 0', () => {
  test('is a rate limit where the text gives what remains or when to retry', () => {
    expect(zero('Rate limit: 0 requests remaining. Retry in 20s')).toMatchObject({
      class: 'rate_limited',
      retryAt: NOW + 20_000,
    });
    expect(zero('Limit: 0 remaining').class).toBe('rate_limited');
    expect(zero('Limit: 0', { 'retry-after': '4' }).class).toBe('rate_limited');
  });

  test('is not granted at all otherwise', () => {
    expect(zero('You have no free tier (limit: 0)')).toMatchObject({ class: 'no_money', scope: 'model' });
  });
});

test('the numbers of Cloudflare’s codes mean nothing in another provider’s error', () => {
  for (const code of ['3036', '5007', 3040])
    expect(readOf('openai', { status: 400, body: inError('bad', code) }).class).toBe('bad_request');
  expect(readOf('unknown', { status: 400, body: cloudflare(3036) }).class).toBe('quota_day');
});
