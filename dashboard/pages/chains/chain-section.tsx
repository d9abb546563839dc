import type { ChainStatusList, LimitStatus, ProviderList } from 'spillway/client';
import { type ReactElement, useId, useMemo } from 'react';
import { isOut } from '../../live/entries-out.ts';
import { useLive } from '../../live/use-live.ts';
import { formatCount } from '../../parts/numbers.ts';
import { entryFacts } from './entry-facts.ts';
import { EntryRow } from './entry-row.tsx';
import type { LiveFailure } from './live-failures.ts';
import { type ChainSums, chainWords, shareOf } from './shares.ts';
import { useFlow } from './use-flow.ts';

interface ChainSectionProps {
  readonly chain: ChainStatusList['data'][number];
  readonly aliases: readonly string[];
  readonly limits: ReadonlyMap<string, LimitStatus>;
  readonly providers: ProviderList | undefined;
  /** The sums of all chains; undefined while they are unknown. */
  readonly sums: ReadonlyMap<string, ChainSums> | undefined;
  readonly failures: ReadonlyMap<string, LiveFailure>;
}

/** A chain: its entries in order, and what its requests do now. */
export function ChainSection(props: ChainSectionProps): ReactElement {
  const { chain, aliases, limits, providers, sums, failures } = props;
  const titleId = useId();
  const rows = useMemo(
    () => chain.entries.map((entry) => entryFacts({ entry, limits, providers })),
    [chain, limits, providers],
  );
  const lanes = useMemo(
    () => rows.map(({ provider, model, standing }) => ({ provider, model, isOut: isOut(standing) })),
    [rows],
  );
  const flow = useFlow(chain.id, lanes);
  const own = sums?.get(chain.id);
  return (
    <section aria-labelledby={titleId}>
      <div className="bar">
        <h2 id={titleId} className="chain-name">
          {chain.id}
          {aliases.length > 0 && <span className="small muted"> also {aliases.join(', ')}</span>}
        </h2>
        <span className="small soft parted">
          {/* Where events are lost, ends are too. */}
          {!flow.isPartial && <InProgress chain={chain.id} />}
          {sums !== undefined && <span>{chainWords(own)}</span>}
        </span>
      </div>
      <div className="entry ehead roomy" aria-hidden="true">
        <span />
        <span>Entry</span>
        <span className="flow-head">Now</span>
        <span>Limits</span>
        <span className="num">Share</span>
        <span className="num">First token, ms</span>
        <span className="num">$ per million</span>
      </div>
      <ol className="entries">
        {rows.map((facts, lane) => {
          const entry = `${facts.provider}/${facts.model}`;
          return (
            <EntryRow
              // oxlint-disable-next-line react/no-array-index-key -- an entry is its place: a model may stand in a chain twice
              key={`${lane} ${entry}`}
              facts={facts}
              share={shareOf(own, facts.provider, facts.model)}
              answers={sums === undefined ? undefined : (own?.byEntry.get(entry) ?? 0)}
              failure={failures.get(entry)}
              flow={flow}
              lane={lane}
            />
          );
        })}
      </ol>
    </section>
  );
}

function InProgress({ chain }: { readonly chain: string }): ReactElement | null {
  const running = useLive((live) => live.running);
  const count = running.filter((request) => request.chain === chain).length;
  return count === 0 ? null : <span className="ok">{formatCount(count)} in progress</span>;
}
