import type { ReactElement, ReactNode } from 'react';
import { Glyph, type GlyphKind } from './glyphs.tsx';

/** Classes of the words beside each shape. */
const TONES: Readonly<Record<GlyphKind, string>> = {
  ok: '',
  running: 'ok',
  bad: 'bad',
  skipped: 'muted',
  waiting: 'warn',
  near: 'warn',
};

/** A state: a shape, and a word in its colour. */
export function Status({ kind, children }: { readonly kind: GlyphKind; readonly children: ReactNode }): ReactElement {
  return (
    <span className={`status ${TONES[kind]}`}>
      <Glyph kind={kind} />
      {children}
    </span>
  );
}
