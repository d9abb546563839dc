import type { ReadingClass } from '../../domain/reading.ts';

/** Cloudflare's codes, which say more than the statuses that they come with. */
export const CLOUDFLARE: ReadonlyMap<string, ReadingClass> = new Map<string, ReadingClass>([
  ['3006', 'too_large_for_limit'],
  ['3007', 'timeout'],
  ['3008', 'timeout'],
  ['3023', 'model_gone'],
  ['3036', 'quota_day'],
  ['3040', 'overloaded'],
  ['3041', 'model_gone'],
  ['3042', 'model_gone'],
  ['5004', 'bad_request'],
  ['5007', 'model_gone'],
  ['5016', 'model_gone'],
  ['5018', 'model_gone'],
]);
