import { createStringFilter } from './string-filter.ts';

/** A range of a text, from `start` to before `end`. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A text to find pieces of: a secret in one of its encodings. */
export interface Needle {
  readonly text: string;
  /** Length from which a piece at the very start counts. */
  readonly shortestStart: number;
  /** Whether the letters of so short a piece must be of the same case. */
  readonly exactStart: boolean;
  /** Length from which any other piece counts; at least `shortestStart`. */
  readonly shortestPiece: number;
  /** Whether a piece counts that is as long as that, and shorter than half of the needle. It gets the piece as the needle has it. */
  readonly isTelling: (piece: string) => boolean;
}

/** How needles are indexed. */
export interface IndexOptions {
  /** Length of the strings that are looked up, in characters: at most the `shortestStart` of each needle. */
  readonly gram: number;
  /** Whether letters match in either case. */
  readonly anyCase: boolean;
}

/** Finds the pieces of needles in a text. Linear in the text, however many needles there are, unless they share pieces. */
export type FindPieces = (text: string) => TextRange[];

interface Site {
  readonly needle: Needle;
  /** The needle as it is compared. */
  readonly compared: string;
  readonly at: number;
}

/**
 * Most places that begin with the same string: a needle that repeats itself has many, and so have many keys with one prefix. What is shared by
 * more is still found, up to where each of the others differs from the rest, and from the next string that it does not share.
 */
const MAX_SITES = 16;

/**
 * Indexes needles by strings of equal length. Every piece that counts holds one of them, so a text is looked up once for each of its
 * characters, and compared with a needle only where it has one of its strings.
 */
export function createFindPieces(needles: readonly Needle[], { gram, anyCase }: IndexOptions): FindPieces {
  const compared = anyCase ? inLowerCase : (text: string): string => text;
  const sites = new Map<string, Site[]>();
  for (const needle of needles) addSites(sites, { needle, compared: compared(needle.text), gram });
  if (sites.size === 0) return () => [];
  const mayBegin = createStringFilter([...sites.keys()], gram);
  return (text) => {
    const searched = compared(text);
    const found: TextRange[] = [];
    let from = 0;
    mayBegin(searched, (at) => {
      if (at < from) return;
      const range = longest(sites.get(searched.slice(at, at + gram)), { text, searched, at });
      if (range === undefined) return;
      found.push(range);
      // What follows may share its beginning with the end of what was found.
      from = range.end - gram + 1;
    });
    return found;
  };
}

/** Keeps the length, and thereby every offset: this is the only letter that becomes two. */
function inLowerCase(text: string): string {
  return text.replaceAll('\u0130', 'i').toLowerCase();
}

function addSites(
  sites: Map<string, Site[]>,
  { needle, compared, gram }: Omit<Site, 'at'> & { readonly gram: number },
): void {
  // A piece of that length holds one string that begins at a multiple of the step.
  const step = needle.shortestPiece - gram + 1;
  for (let at = 0; at + gram <= compared.length; at += step) {
    const text = compared.slice(at, at + gram);
    const all = sites.get(text);
    if (all === undefined) sites.set(text, [{ needle, compared, at }]);
    else if (all.length < MAX_SITES) all.push({ needle, compared, at });
  }
}

interface Place {
  readonly text: string;
  readonly searched: string;
  readonly at: number;
}

function longest(sites: readonly Site[] | undefined, place: Place): TextRange | undefined {
  let best: TextRange | undefined;
  for (const site of sites ?? []) {
    const range = pieceAt(site, place);
    if (range !== undefined && (best === undefined || range.end - range.start > best.end - best.start)) best = range;
  }
  return best;
}

/** The longest piece around a place that a text and a needle have in common; undefined where it does not count. */
function pieceAt({ needle, compared, at }: Site, place: Place): TextRange | undefined {
  const { text, searched } = place;
  // By `charCodeAt`, because V8 reads a character of a joined text by its index much slower.
  const most = Math.min(at, place.at);
  let before = 0;
  while (before < most && compared.charCodeAt(at - before - 1) === searched.charCodeAt(place.at - before - 1)) before++;
  let length = 0;
  while (at + length < compared.length && compared.charCodeAt(at + length) === searched.charCodeAt(place.at + length))
    length++;
  const from = at - before;
  const start = place.at - before;
  const end = place.at + length;
  return counts(needle, from, text.slice(start, end)) ? { start, end } : undefined;
}

function counts(needle: Needle, from: number, found: string): boolean {
  const { text, shortestStart, exactStart, shortestPiece, isTelling } = needle;
  const { length } = found;
  const isStart = from === 0 && length >= shortestStart;
  if (isStart && (!exactStart || found.startsWith(text.slice(0, shortestStart)))) return true;
  if (length < shortestPiece) return false;
  return 2 * length >= text.length || isTelling(text.slice(from, from + length));
}
