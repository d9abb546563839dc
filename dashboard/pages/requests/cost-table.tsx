import type { RequestRecord } from 'spillway/client';
import type { ReactElement } from 'react';
import { EntryName } from '../../parts/entry-name.tsx';
import { formatCount } from '../../parts/numbers.ts';
import { addsUp, type CostLine, costLines, sourceWords } from './cost-lines.ts';
import type { TokenPrice } from './failover-cost.ts';
import type { Picture } from './waterfall/picture.ts';

interface CostTableProps {
  readonly record: RequestRecord;
  readonly picture: Picture;
  readonly prices: ReadonlyMap<string, TokenPrice>;
}

/** What each attempt has cost, to the billionth of a dollar, so that the lines add up to the total. */
export function CostTable({ record, picture, prices }: CostTableProps): ReactElement {
  const lines = costLines(picture.steps, prices);
  const decimals = decimalsOf([...lines.map(({ costUsd }) => costUsd), record.cost_usd]);
  const { usage } = record;
  const tokens = usage === null ? null : (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0);
  const hasParts = lines.some(({ perMillion }) => perMillion !== null);
  return (
    <section>
      <div className="bar">
        <h2>Cost</h2>
        {hasParts && <span className="small muted">prices of today</span>}
      </div>
      <table>
        <thead>
          <tr>
            <th>Entry</th>
            <th>Kind</th>
            <th className="num">Tokens</th>
            <th className="num roomy">$ per million</th>
            <th className="num">Cost, $</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <CostRow key={line.id} line={line} decimals={decimals} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={2}>Total, {sourceWords(record)}</td>
            <td className="num">{tokens === null ? '–' : formatCount(tokens)}</td>
            <td className="roomy" />
            <td className="num">{amount(record.cost_usd, decimals)}</td>
          </tr>
        </tfoot>
      </table>
      {record.cost_usd !== null && !addsUp(lines, record) && (
        <p className="small muted">The lines do not add up to the total: the row does not have all attempts.</p>
      )}
    </section>
  );
}

function CostRow({ line, decimals }: { readonly line: CostLine; readonly decimals: number }): ReactElement {
  const { step, kind, tokens, perMillion, costUsd } = line;
  return (
    <tr>
      <td className="cut">
        {step !== null && (
          <>
            {step.entry ?? '–'}{' '}
            <span className="soft">
              <EntryName provider={step.provider} model={step.model} keyNumber={step.key} />
            </span>
          </>
        )}
      </td>
      <td className="soft">{kind}</td>
      <td className="num">{tokens === null ? dash : formatCount(tokens)}</td>
      <td className="num roomy">
        {perMillion === null ? dash : perMillion.toFixed(Math.max(2, decimalsIn(perMillion)))}
      </td>
      <td className="num">{amount(costUsd, decimals)}</td>
    </tr>
  );
}

const dash = <span className="muted">–</span>;

function amount(usd: number | null, decimals: number): ReactElement | string {
  return usd === null ? dash : usd.toFixed(decimals);
}

/** Decimals of a column: one precision for all, with everything that was counted. */
function decimalsOf(amounts: readonly (number | null)[]): number {
  return Math.max(2, ...amounts.map((usd) => (usd === null ? 0 : decimalsIn(usd))));
}

function decimalsIn(value: number): number {
  return value.toFixed(9).replace(/0+$/, '').split('.')[1]?.length ?? 0;
}
