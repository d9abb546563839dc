import { isRecord } from '../../../lib/record.ts';
import type { CacheMark } from '../../neutral/request.ts';

/** The `cache_control` of a block or a tool; undefined where it has none. */
export function markOf({ cache_control: control }: Readonly<Record<string, unknown>>): CacheMark | undefined {
  if (!isRecord(control)) return undefined;
  const { ttl } = control;
  return ttl === '5m' || ttl === '1h' ? { ttl } : {};
}
