import { Link } from '@tanstack/react-router';
import type { UsageSummary, UsageSummaryRow } from 'spillway/client';
import type { ReactElement, ReactNode } from 'react';
import { useKeyNames } from '../../api/key-names.ts';
import { Gauge } from '../../parts/gauge.tsx';
import { formatAmount, formatExact } from '../../parts/money.ts';
import { formatCount } from '../../parts/numbers.ts';
import { shownOf, type UsageSearch } from './search.ts';

type Group = NonNullable<UsageSearch['by']>;

/** Below this total, in US dollars, costs are shown with six decimals. */
const FINE_BELOW = 100;

/** Usage by one label, with its sum. */
export function UsageTable({ summary }: { readonly summary: UsageSummary }): ReactElement {
  const { data, total, has_more: isCut } = summary;
  const { by } = shownOf(summary);
  const decimals = total.cost_usd < FINE_BELOW ? 6 : 2;
  const most = Math.max(...data.map(({ cost_usd: cost }) => cost), 0);
  return (
    <table>
      <thead>
        <tr>
          <th className="first-letter">{by}</th>
          <th className="num">Requests</th>
          <th className="num roomy">Input tokens</th>
          <th className="num roomy">Cached</th>
          <th className="num roomy">Output tokens</th>
          <th className="num roomy">Unknown cost</th>
          <th className="roomy gcol">
            <span className="visually-hidden">Compared</span>
          </th>
          <th className="num">Cost, $</th>
        </tr>
      </thead>
      <tbody>
        {data.map((row) => (
          <tr key={labelOf(row, by) ?? ''}>
            <td className="cut">
              <Label row={row} by={by} />
            </td>
            <td className="num">{formatCount(row.requests)}</td>
            <td className="num roomy">{formatCount(row.input_tokens)}</td>
            <td className="num soft roomy">{formatCount(row.cached_input_tokens)}</td>
            <td className="num roomy">{formatCount(row.output_tokens)}</td>
            <td className="num soft roomy">{formatCount(row.unknown)}</td>
            <td className="roomy gcol">{most > 0 && <Gauge share={row.cost_usd / most} plain />}</td>
            <td className="num" title={formatExact(row.cost_usd)}>
              {row.unknown === row.requests ? <span className="muted">–</span> : formatAmount(row.cost_usd, decimals)}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td>{isCut ? 'Total, rows that are not listed included' : 'Total'}</td>
          <td className="num">{formatCount(total.requests)}</td>
          <td className="num roomy">{formatCount(total.input_tokens)}</td>
          <td className="num roomy">{formatCount(total.cached_input_tokens)}</td>
          <td className="num roomy">{formatCount(total.output_tokens)}</td>
          <td className="num roomy">{formatCount(total.unknown)}</td>
          <td className="roomy gcol" />
          <td className="num" title={formatExact(total.cost_usd)}>
            {formatAmount(total.cost_usd, decimals)}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

/** The label that a row is summed by; null where the requests have none. */
export function labelOf(row: UsageSummaryRow, by: Group): string | null {
  return row[by] ?? null;
}

function Label({ row, by }: { readonly row: UsageSummaryRow; readonly by: Group }): ReactNode {
  const label = labelOf(row, by);
  if (label === null) return <span className="muted">{by === 'tenant' ? 'no tenant' : 'not answered'}</span>;
  if (by === 'key') return <KeyLabel id={label} />;
  if (label === '(other)' || by === 'day') return label;
  return (
    <Link to="/requests" search={{ [by]: label, range: '30d' }}>
      {label}
    </Link>
  );
}

/** A key by its name, where it is known. */
function KeyLabel({ id }: { readonly id: string }): ReactNode {
  const name = useKeyNames().get(id);
  if (name === undefined) return <code>{id}</code>;
  return (
    <Link to="/keys/$id" params={{ id }}>
      {name}
    </Link>
  );
}
