import type { ReactElement, ReactNode } from 'react';
import type { WaterfallLayout } from './waterfall-layout.ts';

/** What the marks of this picture mean: only those that it has. */
export function Key({ layout }: { readonly layout: WaterfallLayout }): ReactElement {
  const segments = layout.lanes.flatMap((lane) => lane.segments);
  const has = (phase: string): boolean => segments.some((segment) => segment.phase === phase);
  const fates = new Set(segments.map(({ fate }) => fate));
  const hue = fates.has('answered') || fates.has('running') ? 'a' : fates.has('failed') ? 'f' : 'l';
  const caps = new Set(layout.lanes.map(({ cap }) => cap?.kind));
  return (
    <figcaption className="key">
      {has('queued') && <Entry words="in the queue">{bar('queue')}</Entry>}
      {layout.lanes.some(({ reserved }) => reserved !== null) && (
        <Entry words="reserved">
          <rect className="res" y="1" width="2" height="8" />
        </Entry>
      )}
      {has('connecting') && <Entry words="connecting">{bar(`${hue}-con`)}</Entry>}
      {has('waiting') && (
        <Entry words={has('streaming') ? 'waiting for first token' : 'waiting'}>{bar(`${hue}-wait`)}</Entry>
      )}
      {has('streaming') && <Entry words="streaming">{bar('a-str')}</Entry>}
      {caps.has('failed') && (
        <Entry words="failed">
          <rect className="f-wait" x="0.5" y="1.5" width="12" height="7" rx="2" />
          <rect className="f-cap" x="11" y="1" width="5" height="8" rx="1" />
        </Entry>
      )}
      {caps.has('cut') && (
        <Entry words="cancelled">
          <rect className="l-wait" x="0.5" y="1.5" width="12" height="7" rx="2" />
          <rect className="l-cap" x="11" y="1" width="5" height="8" rx="1" />
        </Entry>
      )}
      {layout.lanes.some(({ diamond }) => diamond !== null) && (
        <Entry words="skipped">
          <path className="skip" d="M8 .5l4.5 4.5L8 9.5 3.5 5z" />
        </Entry>
      )}
      {layout.commit !== null && (
        <Entry words={layout.commit.splits ? 'commit, the scale changes here' : 'commit'}>
          <path className="commit" d="M8 0v10" />
          <circle className="a-str" cx="8" cy="3" r="3" />
        </Entry>
      )}
    </figcaption>
  );
}

function Entry({ words, children }: { readonly words: string; readonly children: ReactNode }): ReactElement {
  return (
    <span>
      <svg width="16" height="10" aria-hidden="true">
        {children}
      </svg>
      {words}
    </span>
  );
}

function bar(className: string): ReactElement {
  return <rect className={className} x="0.5" y="1.5" width="15" height="7" rx="2" />;
}
