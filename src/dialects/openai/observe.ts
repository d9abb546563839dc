import type { Observation } from '../../domain/limits.ts';
import type { ReadBy } from '../dialect.ts';
import type { ReplyHead } from '../../upstream/transport.ts';

/** What a reply's headers tell of limits: of which window, how much there is, what is left and when all of it is there again. Pure. */
export function observe(_headers: ReplyHead['headers'], _by: ReadBy): readonly Observation[] {
  return [];
}
