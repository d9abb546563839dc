import type { ReadOptions } from '../refusals/read-options.ts';
import type { Reading } from '../domain/reading.ts';
import type { AttemptOptions, AttemptTools } from './attempt-context.ts';

/** Whose request was answered so, and when. */
interface Asked {
  readonly tools: Pick<AttemptTools, 'clock'>;
  readonly options: Pick<AttemptOptions, 'call' | 'target'>;
}

/** Statuses by which a vendor says that a request is wrong; without its words a refusal of one speaks of nothing else. */
const OF_REQUEST: ReadonlySet<number> = new Set([400, 403, 404, 413, 422]);

/**
 * Reads a vendor's error with `read`, and believes it. Vendors quote what they were sent, so one caller could have words in his request
 * that take an entry from all: where such words are what it was read by, and it would put somebody out of service or teach something, it
 * is what its status, headers and codes alone say, and a request that is found wrong is this caller's affair.
 */
export function readRefusal({ tools, options }: Asked, read: (by: ReadOptions) => Reading): Reading {
  const by: ReadOptions = { rules: options.target.rules, now: tools.clock.now() };
  const reading = read(by);
  if (!hasEffect(reading) || !isEchoed(reading.words, options.call.input)) return reading;
  const plain = read({ ...by, ignoreText: true });
  // What speaks of this request only moves nobody else's.
  if (reading.scope === 'request') return { ...plain, class: reading.class, scope: 'request', retryAt: undefined };
  if (!OF_REQUEST.has(reading.status)) return plain;
  return { ...plain, class: 'bad_request', scope: 'request', retryAt: undefined, window: undefined };
}

/** Whether anybody but the caller would notice. */
function hasEffect({ scope, learned, stripParam, lacks, observed }: Reading): boolean {
  return scope !== 'request' || observed.length > 0 || (learned ?? stripParam ?? lacks) !== undefined;
}

/** Whether any of these words stands in a text or a name of a request, however it is spaced. Linear in it, and not recursive: a caller chooses how deep it is. */
export function isEchoed(words: readonly string[], input: unknown): boolean {
  // Marks around what is quoted may be the vendor's own.
  const sought = words.map((each) => plain(each).replaceAll(AROUND, '')).filter((each) => each !== '');
  if (sought.length === 0) return false;
  const holds = (text: string): boolean => {
    const said = plain(text);
    return sought.some((each) => said.includes(each));
  };
  const open: unknown[] = [input];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') {
      if (holds(value)) return true;
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        if (!Array.isArray(value) && holds(name)) return true;
        open.push(member);
      }
    }
  }
  return false;
}

/** In lower case, each run of white space as one, and what is escaped for an address or for JSON as it reads. */
function plain(text: string): string {
  return text
    .replaceAll(CODED, (code) => String.fromCodePoint(Number.parseInt(code.replace(/^\W+u?/i, ''), 16)))
    .replaceAll(/\\([bfnrt])/g, ' ')
    .replaceAll(/\\(["'\\/])/g, '$1')
    .replaceAll(/\s{2,}|[^\S ]/g, ' ')
    .toLowerCase();
}

const CODED = /%[\da-f]{2}|\\u[\da-f]{4}/gi;
/** What stands around words and is no word. */
const AROUND = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;
