import type { LiveAttempt, LiveRequest } from './live-snapshot.ts';

/** What a request in progress does. */
export type Progress = 'queued' | 'waiting' | 'streaming';

/** What a request does that has not ended. */
export function progressOf({ committed, position }: Pick<LiveRequest, 'committed' | 'position'>): Progress {
  if (committed !== null) return 'streaming';
  return position === null ? 'waiting' : 'queued';
}

/** The outcome of an attempt; null while it runs. One whose answer is being sent still runs. */
export function outcomeSoFar(
  { n, finished }: Pick<LiveAttempt, 'n' | 'finished'>,
  committed: LiveRequest['committed'],
): string | null {
  return finished === null || committed?.n === n ? null : finished.outcome;
}
