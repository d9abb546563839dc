import type { LimitDimension } from './window-name.ts';

/** What one set of rate-limit headers counts. */
export interface HeaderDimension {
  readonly counts: LimitDimension;
  readonly period: 'minute' | 'day' | undefined;
  /** Whether the headers' names say what is counted. */
  readonly named: boolean;
}

/** The value that one header of a set gives. */
export type HeaderPart = 'limit' | 'remaining' | 'reset';

const PARTS: readonly HeaderPart[] = ['limit', 'remaining', 'reset'];
/** The usual prefix and that of the proposed standard. */
const PREFIXES = ['x-ratelimit', 'ratelimit'] as const;
/** Words for what is counted in the names of headers; Fireworks has several for tokens. */
const DIMENSION_WORDS: Readonly<Record<string, LimitDimension>> = {
  requests: 'requests',
  req: 'requests',
  tokens: 'tokens',
  'tokens-prompt': 'tokens',
  'tokens-cache-adjusted-prompt': 'tokens',
  'tokens-generated': 'tokens',
};

/** Every name that is read, so that each header of a reply costs one look-up. */
const MEANINGS: ReadonlyMap<string, readonly [HeaderDimension, HeaderPart]> = meanings();

function meanings(): Map<string, readonly [HeaderDimension, HeaderPart]> {
  const known = new Map<string, readonly [HeaderDimension, HeaderPart]>();
  const add = (dimension: HeaderDimension, nameOf: (part: HeaderPart) => string): void => {
    for (const part of PARTS) known.set(nameOf(part), [dimension, part]);
  };
  for (const [word, counts] of Object.entries(DIMENSION_WORDS)) {
    for (const prefix of PREFIXES) {
      add({ counts, period: undefined, named: true }, (part) => `${prefix}-${part}-${word}`);
      for (const period of ['minute', 'day'] as const)
        add({ counts, period, named: true }, (part) => `${prefix}-${part}-${word}-${period}`);
    }
  }
  for (const word of ['requests', 'tokens', 'input-tokens', 'output-tokens']) {
    const counts = word === 'requests' ? 'requests' : 'tokens';
    add({ counts, period: undefined, named: true }, (part) => `anthropic-ratelimit-${word}-${part}`);
  }
  for (const prefix of PREFIXES)
    add({ counts: 'requests', period: undefined, named: false }, (part) => `${prefix}-${part}`);
  // Mistral's older names.
  add({ counts: 'tokens', period: 'minute', named: true }, (part) => `ratelimitbysize-${part}`);
  add({ counts: 'tokens', period: 'minute', named: true }, (part) => `x-ratelimitbysize-${part}`);
  return known;
}

/** What a header's lower-case name says about limits; undefined for every other header. */
export function meaningOf(name: string): readonly [HeaderDimension, HeaderPart] | undefined {
  return name.includes('ratelimit') ? MEANINGS.get(name) : undefined;
}
