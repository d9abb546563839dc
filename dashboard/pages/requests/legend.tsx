import type { ReactElement } from 'react';
import { Glyph } from '../../parts/glyphs.tsx';

/** What the shapes of trails mean. */
export function Legend(): ReactElement {
  return (
    <div className="legend roomy">
      <span>
        <Glyph kind="ok" />
        answered
      </span>
      <span>
        <Glyph kind="bad" />
        failed
      </span>
      <span>
        <Glyph kind="skipped" />
        skipped
      </span>
      <span>
        <Glyph kind="running" />
        in progress
      </span>
    </div>
  );
}
