import type { ReactElement } from 'react';
import type { GlyphKind } from '../parts/glyphs.tsx';
import { Status } from '../parts/status.tsx';
import type { LiveSnapshot } from './live-snapshot.ts';
import { useLive } from './use-live.ts';

const GLYPHS: Readonly<Record<LiveSnapshot['status'], GlyphKind>> = {
  live: 'ok',
  connecting: 'running',
  paused: 'skipped',
  lost: 'bad',
};
const WORDS: Readonly<Record<LiveSnapshot['status'], string>> = {
  live: 'live',
  connecting: 'connecting',
  paused: 'paused',
  lost: 'connection lost',
};

/** Whether what the page shows is live. */
export function LiveStatus(): ReactElement {
  const status = useLive(({ status: now }) => now);
  return (
    <span className="small soft">
      <Status kind={GLYPHS[status]}>{WORDS[status]}</Status>
    </span>
  );
}
