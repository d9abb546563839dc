import type { WindowSummary } from 'spillway/client';

const WORDS: Readonly<Record<WindowSummary['window'] | 'concurrency', string>> = {
  requestsPerMinute: 'requests/min',
  tokensPerMinute: 'tokens/min',
  requestsPerDay: 'requests/day',
  tokensPerDay: 'tokens/day',
  concurrency: 'at the same time',
};

/** What a limit counts, in a word. */
export function windowWords(name: WindowSummary['window'] | 'concurrency'): string {
  return WORDS[name];
}
