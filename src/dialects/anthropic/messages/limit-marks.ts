/** The API's most marks of cached prefixes in one request. */
const MAX_MARKS = 4;
const MARK = 'cache_control';

type Fields = Record<string, unknown>;

/**
 * Removes marks beyond the fourth from encoded blocks: those of tools and system stay, and of the conversation the last ones. `others`: marks that stand
 * elsewhere.
 */
export function limitMarks(head: readonly Fields[], conversation: readonly Fields[], others: number): void {
  let left = MAX_MARKS - others;
  for (const block of head) if (block[MARK] !== undefined && left-- <= 0) delete block[MARK];
  for (const block of conversation.toReversed()) if (block[MARK] !== undefined && left-- <= 0) delete block[MARK];
}
