import type { ErrorExtras } from '../domain/provider-error.ts';
import { fieldsOf, isRecord } from '../lib/record.ts';
import { waitMembersIn } from './wait-members.ts';

/** Only so many characters of an upstream's text are read. */
const MAX_TEXT = 4096;
/** Only so many items of a list or members of an object are read. */
const MAX_ITEMS = 32;

/**
 * Reads what an error says about limits beside its message: Google's `QuotaFailure`, in OpenRouter's `metadata` the headers and the text of
 * its upstream, and the members of the whole body that say when to retry, such as `retryDelay` of Google's `RetryInfo`. Undefined if there is
 * none of it.
 */
export function extrasOf(error: Readonly<Record<string, unknown>>, body: unknown): ErrorExtras | undefined {
  const details: unknown[] = Array.isArray(error['details']) ? error['details'].slice(0, MAX_ITEMS) : [];
  const metadata = fieldsOf(error['metadata']);
  const { raw } = metadata;
  const quotas = details.flatMap((each) => quotasIn(fieldsOf(each)['violations']));
  const waits = waitMembersIn(body);
  const headers = isRecord(metadata['headers']) ? textsOf(metadata['headers']) : {};
  const upstreamText = typeof raw === 'string' ? raw.slice(0, MAX_TEXT) : '';
  if (quotas.length === 0 && waits.length === 0 && upstreamText === '' && Object.keys(headers).length === 0)
    return undefined;
  return { quotas, waits, headers, upstreamText };
}

/** The extras of an error and of the error nested in it, whose parts apply where the outer error has none. */
export function mergeExtras(outer: ErrorExtras | undefined, nested: ErrorExtras | undefined): ErrorExtras | undefined {
  if (outer === undefined || nested === undefined) return outer ?? nested;
  return {
    quotas: outer.quotas.length === 0 ? nested.quotas : outer.quotas,
    waits: [...outer.waits, ...nested.waits],
    headers: { ...nested.headers, ...outer.headers },
    upstreamText: outer.upstreamText === '' ? nested.upstreamText : outer.upstreamText,
  };
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
