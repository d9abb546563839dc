import type { ReadingClass } from '../domain/reading.ts';

/** Cloudflare's codes, which say more than the statuses that they come with. */
const CLASSES: Readonly<Record<string, ReadingClass>> = Object.freeze({
  3006: 'too_large_for_limit',
  3007: 'timeout',
  3008: 'timeout',
  3023: 'model_gone',
  3036: 'quota_day',
  3040: 'overloaded',
  3041: 'model_gone',
  3042: 'model_gone',
  5004: 'bad_request',
  5007: 'model_gone',
  5016: 'model_gone',
  5018: 'model_gone',
});

/** What names the cause of an error in Cloudflare's envelope: to others the same number means something else. Null for any other error. */
export function cloudflareDetail(outer: Readonly<Record<string, unknown>>, code: string | null): string | null {
  return outer['success'] === false && Array.isArray(outer['errors']) && code !== null ? `cloudflare_${code}` : null;
}

/** The class that such a detail gives, among an error's codes. */
export function cloudflareClass(codes: string): ReadingClass | undefined {
  const [, code = ''] = /\bcloudflare_(\d{4})\b/.exec(codes) ?? [];
  return CLASSES[code];
}
