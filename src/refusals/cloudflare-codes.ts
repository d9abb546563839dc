import type { ReadingClass } from '../domain/reading.ts';
import { CLOUDFLARE_CODES, CLOUDFLARE_DETAIL } from './wordings/codes.ts';

/**
 * The detail of an error in Cloudflare's envelope, built from its code; null for any other error, because other providers use the same
 * numbers for other things.
 */
export function cloudflareDetail(outer: Readonly<Record<string, unknown>>, code: string | null): string | null {
  return outer['success'] === false && Array.isArray(outer['errors']) && code !== null ? `cloudflare_${code}` : null;
}

/** The class of such a detail among an error's codes; undefined if there is none or its code is not known. */
export function cloudflareClass(codes: string): ReadingClass | undefined {
  const [, code = ''] = CLOUDFLARE_DETAIL.exec(codes) ?? [];
  return CLOUDFLARE_CODES[code];
}
