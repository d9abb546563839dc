import type { LimitStatus, WindowSummary } from 'spillway/client';
import type { ReactElement } from 'react';
import { STATE_GLYPHS, StandingLine } from '../../live/standing-line.tsx';
import { EntryName } from '../../parts/entry-name.tsx';
import { windowWords } from '../../parts/gauged-limit.ts';
import { Glyph } from '../../parts/glyphs.tsx';
import { LimitGauge } from '../../parts/limit-gauge.tsx';
import { formatCount } from '../../parts/numbers.ts';
import { Countdown } from '../../parts/time.tsx';
import { highestShare, urgencyOf } from './limit-order.ts';

/** One model under one key. */
export function LimitRow({ row }: { readonly row: LimitStatus }): ReactElement {
  const { provider, model, key, state, windows, running, concurrency, retries_refused: refused } = row;
  return (
    <tr>
      <td>
        <div className="limit-model">
          <Glyph kind={state === 'ready' && urgencyOf(row) === 'near' ? 'near' : STATE_GLYPHS[state]} />
          <div>
            <p>
              <b>
                <EntryName provider={provider} model={model} keyNumber={key} />
              </b>
            </p>
            <StateLine row={row} />
          </div>
        </div>
      </td>
      <td>
        {windows.length === 0 && concurrency === null ? (
          <span className="small muted">no limit known</span>
        ) : (
          <ul className="windows">
            {windows.map((window) => (
              <Window key={window.window} window={window} />
            ))}
            {concurrency !== null && <Concurrency running={running} limit={concurrency} />}
          </ul>
        )}
      </td>
      <td className="num roomy">{formatCount(running)}</td>
      <td className="num roomy">{formatCount(refused)}</td>
    </tr>
  );
}

function StateLine({ row }: { readonly row: LimitStatus }): ReactElement {
  if (row.state === 'ready' && urgencyOf(row) === 'near')
    return <p className="warn">{highestShare(row) >= 1 ? 'at a limit' : 'near a limit'}</p>;
  return <StandingLine standing={row} running={row.running} />;
}

function Window({ window }: { readonly window: WindowSummary }): ReactElement {
  const { window: name, limit, used, reserved, source, resets_at: resetsAt } = window;
  return (
    <li>
      <LimitGauge word={windowWords(name)} used={used} reserved={reserved} limit={limit} />
      <p className="muted">
        <span>
          {source}
          {reserved > 0 && `, ${formatCount(reserved)} reserved`}
        </span>
        {resetsAt !== null && (
          <span>
            <Countdown until={resetsAt} word="resets" />
          </span>
        )}
      </p>
    </li>
  );
}

function Concurrency({ running, limit }: { readonly running: number; readonly limit: number }): ReactElement {
  return (
    <li>
      <LimitGauge word={windowWords('concurrency')} used={running} limit={limit} />
      <p className="muted">
        <span>configured</span>
      </p>
    </li>
  );
}
