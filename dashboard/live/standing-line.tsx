import type { LimitStatus } from 'spillway/client';
import type { ReactElement } from 'react';
import type { GlyphKind } from '../parts/glyphs.tsx';
import { reasonWords } from '../parts/outcomes.ts';
import { Countdown } from '../parts/time.tsx';
import { type Standing, STATE_WORDS } from './standing.ts';

/** The shape of each state. */
export const STATE_GLYPHS: Readonly<Record<LimitStatus['state'], GlyphKind>> = {
  ready: 'ok',
  cooling_down: 'waiting',
  failing: 'bad',
  limited: 'near',
  refusing: 'near',
};

const TONES: Readonly<Record<LimitStatus['state'], string>> = {
  ready: 'ok',
  cooling_down: 'warn',
  failing: 'bad',
  limited: 'warn',
  refusing: 'warn',
};

interface StandingLineProps {
  readonly standing: Standing;
  /** Requests in progress. */
  readonly running: number;
}

/** A state in words, with the time at which it may end: `cooling down until 14:03:10, 26 s left`. */
export function StandingLine({ standing, running }: StandingLineProps): ReactElement {
  const { state, retry_at: retryAt } = standing;
  return (
    <p className={TONES[state]}>
      {wordsOf(standing, running)}
      {retryAt !== null && (
        <>
          {state === 'failing' ? ', ' : ' '}
          <Countdown until={retryAt} word={state === 'failing' ? 'next probe' : 'until'} />
        </>
      )}
    </p>
  );
}

function wordsOf({ state, reason }: Standing, running: number): string {
  if (state === 'ready')
    return running === 0 ? STATE_WORDS.ready : `answering ${running} request${running === 1 ? '' : 's'}`;
  if (state !== 'limited' || reason === null) return STATE_WORDS[state];
  return reason === 'concurrency' ? 'busy: answers as many as it may' : reasonWords(reason);
}
