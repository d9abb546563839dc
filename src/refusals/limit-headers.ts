/** What is counted under one set of header names. */
export interface Counted {
  readonly counts: 'requests' | 'tokens';
  readonly period: 'minute' | 'day' | undefined;
  /** Whether its names say what is counted. */
  readonly named: boolean;
}

/** What one of them tells. */
export type HeaderPart = 'limit' | 'remaining' | 'reset';
const PARTS: readonly HeaderPart[] = ['limit', 'remaining', 'reset'];
/** The usual names and those that were proposed as a standard. */
const FAMILIES = ['x-ratelimit', 'ratelimit'] as const;
/** How vendors name what they count; of Fireworks' tokens there are several. */
const WORDS: Readonly<Record<string, Counted['counts']>> = {
  requests: 'requests',
  req: 'requests',
  tokens: 'tokens',
  'tokens-prompt': 'tokens',
  'tokens-cache-adjusted-prompt': 'tokens',
  'tokens-generated': 'tokens',
};

/** Every name that is read, so that a reply costs one look-up for each. */
const MEANINGS: ReadonlyMap<string, readonly [Counted, HeaderPart]> = meanings();

function meanings(): Map<string, readonly [Counted, HeaderPart]> {
  const known = new Map<string, readonly [Counted, HeaderPart]>();
  const add = (dimension: Counted, nameOf: (part: HeaderPart) => string): void => {
    for (const part of PARTS) known.set(nameOf(part), [dimension, part]);
  };
  for (const [word, counts] of Object.entries(WORDS)) {
    for (const family of FAMILIES) {
      add({ counts, period: undefined, named: true }, (part) => `${family}-${part}-${word}`);
      for (const period of ['minute', 'day'] as const)
        add({ counts, period, named: true }, (part) => `${family}-${part}-${word}-${period}`);
    }
  }
  for (const word of ['requests', 'tokens', 'input-tokens', 'output-tokens']) {
    const counts = word === 'requests' ? 'requests' : 'tokens';
    add({ counts, period: undefined, named: true }, (part) => `anthropic-ratelimit-${word}-${part}`);
  }
  for (const family of FAMILIES)
    add({ counts: 'requests', period: undefined, named: false }, (part) => `${family}-${part}`);
  // Mistral's older ones.
  add({ counts: 'tokens', period: 'minute', named: true }, (part) => `ratelimitbysize-${part}`);
  add({ counts: 'tokens', period: 'minute', named: true }, (part) => `x-ratelimitbysize-${part}`);
  return known;
}

/** What a header's name says of limits, undefined for the many that say nothing; names are in lower case. */
export function meaningOf(name: string): readonly [Counted, HeaderPart] | undefined {
  return name.includes('ratelimit') ? MEANINGS.get(name) : undefined;
}
