import type { WindowSummary } from 'spillway/client';

/** A limit, and how much of it is used. */
export interface GaugedLimit {
  /** The window, or `concurrency`. */
  readonly name: WindowSummary['window'] | 'concurrency';
  readonly used: number;
  /** The part of `used` that is only reserved. */
  readonly reserved: number;
  readonly limit: number;
}

const WORDS: Readonly<Record<GaugedLimit['name'], string>> = {
  requestsPerMinute: 'requests/min',
  tokensPerMinute: 'tokens/min',
  requestsPerDay: 'requests/day',
  tokensPerDay: 'tokens/day',
  concurrency: 'at the same time',
};

/** What a limit counts, in a word. */
export function windowWords(name: GaugedLimit['name']): string {
  return WORDS[name];
}

/** The share of a limit from which on it is near: its gauge is amber. */
export const NEAR = 0.9;
