import type { LimitStatus } from 'spillway/client';
import type { ReactElement } from 'react';
import { isOut } from '../../live/entries-out.ts';
import { STATE_GLYPHS, StandingLine } from '../../live/standing-line.tsx';
import { Glyph } from '../../parts/glyphs.tsx';
import { LimitGauges } from './limit-gauges.tsx';

/** The keys of an entry whose provider has several, folded. */
export function KeyPool({ keys }: { readonly keys: readonly LimitStatus[] }): ReactElement {
  const out = keys.filter(isOut).length;
  return (
    <details>
      <summary>
        {keys.length} keys{out === 0 ? '' : `, ${out} out`}
      </summary>
      <ol>
        {keys.map((row) => (
          <li key={row.id}>
            <Glyph kind={STATE_GLYPHS[row.state]} />
            <div>
              <p>
                <b>#{row.key}</b>
              </p>
              <StandingLine standing={row} running={row.running} />
            </div>
            <LimitGauges keys={[row]} />
          </li>
        ))}
      </ol>
    </details>
  );
}
