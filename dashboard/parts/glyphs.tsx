import type { ReactElement } from 'react';

/** The product's mark. */
export function Mark(): ReactElement {
  return (
    <svg
      className="mark"
      width="18"
      height="18"
      viewBox="0 0 18 18"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M2 4h4.5v5H11v5h5" />
    </svg>
  );
}

/** The shapes of states. Each differs from the others by its form; colour comes second. */
export type GlyphKind = 'ok' | 'running' | 'bad' | 'skipped' | 'waiting' | 'near';

const SHAPES: Readonly<Record<GlyphKind, ReactElement>> = {
  ok: <circle className="g-ok" cx="6" cy="6" r="4" />,
  running: <circle className="g-run pulse" cx="6" cy="6" r="3.5" />,
  bad: <path className="g-bad" d="M3 3l6 6M9 3l-6 6" />,
  skipped: <path className="g-skip" d="M6 2l4 4-4 4-4-4z" />,
  waiting: (
    <>
      <circle className="g-warn" cx="6" cy="6" r="4" />
      <path className="g-warn" d="M6 3.8V6l1.6 1" />
    </>
  ),
  near: <path className="g-warn" d="M6 1.8l4.2 4.2L6 10.2 1.8 6z" />,
};

/** A shape within another picture, 12 units wide and high. */
export function GlyphShape({ kind }: { readonly kind: GlyphKind }): ReactElement {
  return SHAPES[kind];
}

/** A shape by itself. It is decoration: the word beside it says the same. */
export function Glyph({ kind }: { readonly kind: GlyphKind }): ReactElement {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[kind]}
    </svg>
  );
}
