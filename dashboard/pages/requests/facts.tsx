import type { RequestRecord } from 'spillway/client';
import type { ReactElement } from 'react';
import { Figure } from '../../parts/figure.tsx';
import { formatExact } from '../../parts/money.ts';
import { formatCount, formatTime, splitTime } from '../../parts/numbers.ts';
import { Time } from '../../parts/time.tsx';
import { failoverMs } from './story.ts';
import type { Picture } from './waterfall/picture.ts';

interface FactsProps {
  readonly record: RequestRecord;
  readonly picture: Picture;
  /** What failing over has cost, in dollars; null where that is unknown. */
  readonly failoverCost: number | null;
  readonly keyName: string;
}

/** The five numbers of a request. */
export function Facts({ record, picture, failoverCost, keyName }: FactsProps): ReactElement {
  const { committed_ms: committed, overhead_ms: overhead, cost_usd: cost, accepted_at: acceptedAt, tenant } = record;
  const lost = failoverMs(picture);
  const first = committed === null ? undefined : splitTime(committed);
  const total = splitTime(record.total_ms);
  const queued = record.queued_ms > 0 ? `${formatTime(record.queued_ms)} of it in the queue` : 'no failover';
  const firstNote = lost === null ? queued : `${formatTime(lost)} of it failover`;
  return (
    <dl className="kpis facts">
      <Figure
        label={record.stream ? 'First token' : 'Answer'}
        value={first?.value ?? '–'}
        unit={first?.unit}
        note={first === undefined ? 'never committed' : firstNote}
      />
      <Figure
        label="Total"
        value={total.value}
        unit={total.unit}
        note={overhead === null ? 'own overhead unknown' : `own overhead ${formatTime(overhead)}`}
      />
      <TokensFigure record={record} />
      <Figure
        label="Cost"
        value={cost === null ? '–' : cost === 0 ? '$0' : formatExact(cost)}
        note={costNote(record, failoverCost)}
      />
      <Figure
        label="Accepted"
        value={<Time at={acceptedAt} />}
        unit={`.${String(acceptedAt % 1000).padStart(3, '0')}`}
        note={tenant === null ? keyName : `${keyName}, tenant ${tenant}`}
      />
    </dl>
  );
}

function TokensFigure({ record: { usage } }: { readonly record: RequestRecord }): ReactElement {
  const { input_tokens: input = null, output_tokens: output = null } = usage ?? {};
  if (usage === null || (input === null && output === null))
    return <Figure label="Tokens" value="–" note="none counted" />;
  const words = [
    ...(input === null ? [] : [`${formatCount(input)} in`]),
    ...(output === null ? [] : [`${formatCount(output)} out`]),
    ...(usage.source === 'estimated' ? ['estimated'] : []),
  ];
  return <Figure label="Tokens" value={formatCount((input ?? 0) + (output ?? 0))} note={words.join(', ')} />;
}

/** Where costs are from. */
const SOURCES: Readonly<Record<RequestRecord['cost_source'], string>> = {
  provider: 'as the provider reported',
  configured: 'by configured prices',
  table: 'by list prices',
  none: 'free of charge',
};

function costNote({ cost_usd: cost, cost_source: source, usage }: RequestRecord, failover: number | null): string {
  if (cost === null) return 'price unknown';
  if (cost === 0) return usage === null ? 'nothing billed' : SOURCES[source];
  if (failover === null) return SOURCES[source];
  if (failover === 0) return 'the same as at entry 1';
  return failover > 0 ? `${formatExact(failover)} over entry 1` : `${formatExact(-failover)} below entry 1`;
}
