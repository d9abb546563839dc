import type { ErrorExtras } from '../domain/provider-error.ts';
import { fieldsOf, isRecord } from '../lib/record.ts';

/** Only so many characters of an upstream's text are read. */
const MAX_TEXT = 4096;
/** Only so many items of a list or members of an object are read. */
const MAX_ITEMS = 32;

/**
 * Reads what an error says about limits beside its message: Google's `QuotaFailure` and `RetryInfo`, in OpenRouter's `metadata` the
 * headers and the text of its upstream, and in or beside Hugging Face's error the `estimated_time` until the model is loaded, in seconds.
 * Undefined if the error has none of it.
 */
export function extrasOf(
  error: Readonly<Record<string, unknown>>,
  around: Readonly<Record<string, unknown>> = {},
): ErrorExtras | undefined {
  const details: unknown[] = Array.isArray(error['details']) ? error['details'].slice(0, MAX_ITEMS) : [];
  const metadata = fieldsOf(error['metadata']);
  const { raw } = metadata;
  const quotas = details.flatMap((each) => quotasIn(fieldsOf(each)['violations']));
  const retryDelay =
    details.map((each) => fieldsOf(each)['retryDelay']).find((each) => typeof each === 'string') ??
    secondsIn(error['estimated_time'] ?? around['estimated_time']);
  const headers = isRecord(metadata['headers']) ? textsOf(metadata['headers']) : {};
  const upstreamText = typeof raw === 'string' ? raw.slice(0, MAX_TEXT) : '';
  if (quotas.length === 0 && retryDelay === undefined && upstreamText === '' && Object.keys(headers).length === 0)
    return undefined;
  return { quotas, retryDelay: typeof retryDelay === 'string' ? retryDelay : null, headers, upstreamText };
}

function secondsIn(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
}

function quotasIn(violations: unknown): ErrorExtras['quotas'] {
  if (!Array.isArray(violations)) return [];
  return violations.slice(0, MAX_ITEMS).flatMap((each) => {
    const { quotaId: id, quotaValue: value } = fieldsOf(each);
    if (typeof id !== 'string') return [];
    return [{ id, value: typeof value === 'string' || typeof value === 'number' ? String(value) : null }];
  });
}

function textsOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const entries = Object.entries(fields).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name.toLowerCase(), String(value)]] : [],
    ),
  );
}
