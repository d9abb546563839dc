import type { LimitStatus } from 'spillway/client';
import type { ReactElement } from 'react';
import { Status } from '../parts/status.tsx';
import { STATE_WORDS } from './standing.ts';
import { STATE_GLYPHS } from './standing-line.tsx';

/** Whether an entry can be tried now, as a shape and a word. */
export function EntryState({ state }: { readonly state: LimitStatus['state'] }): ReactElement {
  return <Status kind={STATE_GLYPHS[state]}>{STATE_WORDS[state]}</Status>;
}
