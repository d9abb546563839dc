import type { ErrorExtras } from '../domain/provider-error.ts';
import { fieldsOf, isRecord } from '../lib/record.ts';

/** So many characters of another's words are read. */
const LONGEST_TEXT = 4096;
/** So many of what a vendor lists are read. */
const MOST_LISTED = 32;

/**
 * What an error's members hold of limits beside its words: Google's `QuotaFailure` and `RetryInfo`, and in OpenRouter's `metadata` the headers and
 * the words of whoever it asked. Undefined where there is none of it.
 */
export function extrasOf(error: Readonly<Record<string, unknown>>): ErrorExtras | undefined {
  const details: unknown[] = Array.isArray(error['details']) ? error['details'].slice(0, MOST_LISTED) : [];
  const metadata = fieldsOf(error['metadata']);
  const { raw } = metadata;
  const quotas = details.flatMap((each) => quotasIn(fieldsOf(each)['violations']));
  const retryDelay = details.map((each) => fieldsOf(each)['retryDelay']).find((each) => typeof each === 'string');
  const headers = isRecord(metadata['headers']) ? textsOf(metadata['headers']) : {};
  const passedOn = typeof raw === 'string' ? raw.slice(0, LONGEST_TEXT) : '';
  if (quotas.length === 0 && retryDelay === undefined && passedOn === '' && Object.keys(headers).length === 0)
    return undefined;
  return { quotas, retryDelay: typeof retryDelay === 'string' ? retryDelay : null, headers, passedOn };
}

function quotasIn(violations: unknown): ErrorExtras['quotas'] {
  if (!Array.isArray(violations)) return [];
  return violations.slice(0, MOST_LISTED).flatMap((each) => {
    const { quotaId: id, quotaValue: value } = fieldsOf(each);
    if (typeof id !== 'string') return [];
    return [{ id, value: typeof value === 'string' || typeof value === 'number' ? String(value) : null }];
  });
}

function textsOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const entries = Object.entries(fields).slice(0, MOST_LISTED);
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name.toLowerCase(), String(value)]] : [],
    ),
  );
}
