import type { DoorHeaders } from './request.ts';

/** The header in which a client labels its request. */
export const TAGS_HEADER = 'x-spillway-tags';

/** Most tags of one request. */
const MOST_TAGS = 8;
/** Most characters of a tag; longer ones are cut. */
const LONGEST_TAG = 64;
/** Characters of the header that are read. */
const MOST_READ = 2048;

/** The labels of a request, such as `team=search, job=nightly`. At most 8 of 64 printable characters: what is beyond is left out, and nothing is an error. */
export function tagsOf(headers: DoorHeaders): readonly string[] {
  const header = headers[TAGS_HEADER];
  if (header === undefined) return NO_TAGS;
  const tags = new Set<string>();
  for (const part of String(header).slice(0, MOST_READ).split(',')) {
    const tag = part
      .replaceAll(/[^\x20-\x7e]/g, '?')
      .trim()
      .slice(0, LONGEST_TAG);
    if (tag !== '') tags.add(tag);
    if (tags.size === MOST_TAGS) break;
  }
  return [...tags];
}

const NO_TAGS: readonly string[] = Object.freeze([]);
