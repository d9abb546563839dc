import type { EntryState as State } from 'spillway/client';
import type { ReactElement } from 'react';
import type { GlyphKind } from './glyphs.tsx';
import { Status } from './status.tsx';

const SHOWN: Readonly<Record<State, readonly [GlyphKind, string]>> = {
  ready: ['ok', 'available'],
  cooling_down: ['waiting', 'cooling down'],
  failing: ['bad', 'breaker open'],
  limited: ['waiting', 'limit used up'],
  refusing: ['near', 'refusing'],
};

/** Whether an entry can be tried now, as a shape and a word. */
export function EntryState({ state }: { readonly state: State }): ReactElement {
  const [glyph, word] = SHOWN[state];
  return <Status kind={glyph}>{word}</Status>;
}
