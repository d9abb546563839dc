// The providers of the simulated day. Their limits are examples of free tiers in 2026; such limits change within weeks, and nothing in the
// gateway depends on them. Their ways of counting and their replies are the real ones, as far as they are known.
import { nextMidnight } from '../../../src/lib/midnight.ts';
import { bucket, isTokens, type Meter, sliding, stepped } from './meters.ts';
import type { ProviderRow, Refusal } from './provider.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const midnight = (now: number): number => nextMidnight('UTC', now);
const nextMinute = (now: number): number => (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;

/** Token buckets. Headers report the day's requests and the minute's tokens; the other two are only in the text of a refusal. */
export function groq(): ProviderRow {
  const requestsPerMinute = bucket({ window: 'requestsPerMinute', limit: 30, span: MINUTE_MS });
  const tokensPerMinute = bucket({ window: 'tokensPerMinute', limit: 12_000, span: MINUTE_MS });
  const requestsPerDay = bucket({ window: 'requestsPerDay', limit: 1000, span: DAY_MS });
  const tokensPerDay = bucket({ window: 'tokensPerDay', limit: 100_000, span: DAY_MS });
  const names = new Map([
    [requestsPerMinute, 'requests per minute (RPM)'],
    [tokensPerMinute, 'tokens per minute (TPM)'],
    [requestsPerDay, 'requests per day (RPD)'],
    [tokensPerDay, 'tokens per day (TPD)'],
  ]);
  const where = 'for model `llama-3.3-70b-versatile` in organization `org_1` service tier `on_demand` on';
  const headers = (now: number): Record<string, string> => ({
    'x-ratelimit-limit-requests': '1000',
    'x-ratelimit-limit-tokens': '12000',
    'x-ratelimit-remaining-requests': wholes(requestsPerDay.free(now)),
    'x-ratelimit-remaining-tokens': wholes(tokensPerMinute.free(now)),
    'x-ratelimit-reset-requests': goTime(requestsPerDay.reset(now)),
    'x-ratelimit-reset-tokens': goTime(tokensPerMinute.reset(now)),
  });
  return {
    name: 'groq',
    preset: 'groq',
    model: 'llama-3.3-70b-versatile',
    host: 'api.groq.com',
    meters: [requestsPerMinute, tokensPerMinute, requestsPerDay, tokensPerDay],
    reservesOutput: true,
    countsOutput: true,
    headers,
    refusal({ meter, amount, now }) {
      const type = isTokens(meter) ? 'tokens' : 'requests';
      const what = `${where} ${names.get(meter)}: Limit ${meter.limit}`;
      if (amount > meter.limit) {
        const message = `Request too large ${what}, Requested ${amount}, please reduce your message size and try again.`;
        return { status: 413, body: { error: { message, type, code: 'rate_limit_exceeded' } } };
      }
      const wait = meter.wait(amount, now);
      const used = Math.ceil(meter.limit - meter.free(now));
      const message = `Rate limit reached ${what}, Used ${used}, Requested ${amount}. Please try again in ${goTime(wait)}.`;
      return {
        status: 429,
        headers: { 'retry-after': String(Math.ceil(wait / 1000)) },
        body: { error: { message, type, code: 'rate_limit_exceeded' } },
      };
    },
  };
}

/** Reports limits only in its refusals. For a used-up day, which ends at midnight in California, it suggests a retry within seconds. */
export function gemini(): ProviderRow {
  const requestsPerMinute = sliding({ window: 'requestsPerMinute', limit: 10, span: MINUTE_MS });
  const tokensPerMinute = sliding({ window: 'tokensPerMinute', limit: 250_000, span: MINUTE_MS });
  const requestsPerDay = stepped({ window: 'requestsPerDay', limit: 250, span: DAY_MS }, (now) =>
    nextMidnight('America/Los_Angeles', now),
  );
  const ids = new Map([
    [requestsPerMinute, 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier'],
    [tokensPerMinute, 'GenerateContentInputTokensPerModelPerMinute-FreeTier'],
    [requestsPerDay, 'GenerateRequestsPerDayPerProjectPerModel-FreeTier'],
  ]);
  return {
    name: 'gemini',
    preset: 'gemini-compat',
    model: 'gemini-2.5-flash',
    host: 'generativelanguage.googleapis.com',
    meters: [requestsPerMinute, tokensPerMinute, requestsPerDay],
    reservesOutput: false,
    countsOutput: false,
    headers: () => ({}),
    refusal({ meter, amount, now }) {
      const wait = (meter === requestsPerDay ? now % MINUTE_MS : meter.wait(amount, now)) / 1000 + 0.1;
      const error = {
        code: 429,
        message: `You exceeded your current quota, please check your plan and billing details. Please retry in ${wait}s.`,
        status: 'RESOURCE_EXHAUSTED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: [{ quotaId: ids.get(meter), quotaValue: String(meter.limit) }],
          },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${wait.toFixed(9)}s` },
        ],
      };
      return { status: 429, body: [{ error }] };
    },
  };
}

/** Minutes of the clock and days in UTC; a request's bound on its answer is reserved before it runs. */
export function cerebras(): ProviderRow {
  const requestsPerMinute = stepped({ window: 'requestsPerMinute', limit: 5, span: MINUTE_MS }, nextMinute);
  const tokensPerMinute = stepped({ window: 'tokensPerMinute', limit: 30_000, span: MINUTE_MS }, nextMinute);
  const requestsPerDay = stepped({ window: 'requestsPerDay', limit: 14_400, span: DAY_MS }, midnight);
  const tokensPerDay = stepped({ window: 'tokensPerDay', limit: 1_000_000, span: DAY_MS }, midnight);
  const texts = new Map<Meter, string>([
    [requestsPerMinute, 'Requests per minute'],
    [tokensPerMinute, 'Tokens per minute'],
    [requestsPerDay, 'Requests per day'],
    [tokensPerDay, 'Tokens per day'],
  ]);
  return {
    name: 'cerebras',
    preset: 'cerebras',
    model: 'gpt-oss-120b',
    host: 'api.cerebras.ai',
    meters: [requestsPerMinute, tokensPerMinute, requestsPerDay, tokensPerDay],
    reservesOutput: true,
    countsOutput: true,
    headers: (now) => ({
      'x-ratelimit-limit-requests-day': '14400',
      'x-ratelimit-limit-tokens-minute': '30000',
      'x-ratelimit-remaining-requests-day': wholes(requestsPerDay.free(now)),
      'x-ratelimit-remaining-tokens-minute': wholes(tokensPerMinute.free(now)),
      'x-ratelimit-reset-requests-day': String(requestsPerDay.reset(now) / 1000),
      'x-ratelimit-reset-tokens-minute': String(tokensPerMinute.reset(now) / 1000),
    }),
    refusal({ meter }) {
      const kind = isTokens(meter) ? 'token' : 'request';
      return {
        status: 429,
        body: {
          message: `${texts.get(meter)} limit exceeded - too many ${kind}s processed.`,
          type: `too_many_${kind}s_error`,
          param: 'quota',
          code: `${kind}_quota_exceeded`,
        },
      } satisfies Refusal;
    },
  };
}

function wholes(amount: number): string {
  return String(Math.max(0, Math.floor(amount)));
}

/** As Go writes durations: `2m59.56s`. */
function goTime(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  const seconds = `${Number(((ms % MINUTE_MS) / 1000).toFixed(3))}s`;
  return minutes === 0 ? seconds : `${minutes}m${seconds}`;
}
