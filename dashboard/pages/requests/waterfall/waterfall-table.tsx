import type { ReactElement } from 'react';
import { EntryName } from '../../../parts/entry-name.tsx';
import { formatExact } from '../../../parts/money.ts';
import { formatCount } from '../../../parts/numbers.ts';
import { Status } from '../../../parts/status.tsx';
import { glyphOf } from '../../../parts/trail.tsx';
import { answerEnd, type Picture } from './picture.ts';
import { fateWords, whySkipped } from './words.ts';

/** The figures of the waterfall. */
export function WaterfallTable({ picture }: { readonly picture: Picture }): ReactElement {
  const end = answerEnd(picture);
  return (
    <div className="wf-table">
      <table>
        <thead>
          <tr>
            <th>Entry</th>
            <th>Outcome</th>
            <th className="num">Start, ms</th>
            <th className="num roomy">Connected, ms</th>
            <th className="num">End, ms</th>
            <th className="num roomy">Tokens out</th>
            <th className="num roomy">Cost, $</th>
          </tr>
        </thead>
        <tbody>
          {picture.steps.map((step, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- a step has no name
            <tr key={at}>
              <td className="cut">
                <span className="muted">{step.entry ?? '–'} </span>
                <EntryName provider={step.provider} model={step.model} keyNumber={step.key} />
              </td>
              <td>
                <Status kind={glyphOf(step.outcome)}>
                  {step.fate === 'skipped' ? whySkipped(step.reason) : fateWords(step, end)}
                  {step.status !== null && <span className="muted roomy"> {step.status}</span>}
                </Status>
              </td>
              <td className="num">{ms(step.from)}</td>
              <td className="num roomy">{ms(step.connected)}</td>
              <td className="num">{ms(step.fate === 'skipped' ? null : step.to)}</td>
              <td className="num roomy">{step.outputTokens === null ? '–' : formatCount(step.outputTokens)}</td>
              <td className="num roomy">{step.costUsd === null ? '–' : formatExact(step.costUsd).slice(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ms(time: number | null): string {
  return time === null ? '–' : formatCount(Math.round(time));
}
