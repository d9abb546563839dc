import type { ReactElement } from 'react';
import { Glyph } from '../../parts/glyphs.tsx';
import { formatCount, formatShare } from '../../parts/numbers.ts';
import { outcomeWords } from '../../parts/outcomes.ts';
import { showsFault, type OutcomeCount } from './health-rows.ts';

/** What became of the attempts, by outcome. */
export function OutcomesTable({ outcomes }: { readonly outcomes: readonly OutcomeCount[] }): ReactElement {
  const all = outcomes.reduce((sum, { attempts }) => sum + attempts, 0);
  return (
    <table>
      <thead>
        <tr>
          <th>Outcome</th>
          <th className="spare">Code</th>
          <th className="num">Attempts</th>
          <th className="num">Share, %</th>
        </tr>
      </thead>
      <tbody>
        {outcomes.map(({ outcome, attempts }) => (
          <tr key={outcome}>
            <td>
              <span className="status">
                <Glyph kind={outcome === 'answered' ? 'ok' : showsFault(outcome) ? 'bad' : 'skipped'} />
                {outcomeWords(outcome)}
              </span>
            </td>
            <td className="spare muted">
              <code>{outcome}</code>
            </td>
            <td className="num">{formatCount(attempts)}</td>
            <td className="num">{formatShare(attempts / all)}</td>
          </tr>
        ))}
        {outcomes.length === 0 && (
          <tr>
            <td colSpan={4} className="muted">
              No attempts in this time.
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
