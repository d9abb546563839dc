import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { EntryName } from '../../parts/entry-name.tsx';
import { outcomeWords } from '../../parts/outcomes.ts';
import { Time } from '../../parts/time.tsx';
import type { FailureAt } from './models.ts';

/** The newest failed attempts. A row opens its request, where the session may see it. */
export function FailuresTable({ failures }: { readonly failures: readonly FailureAt[] }): ReactElement {
  return (
    <table>
      <thead>
        <tr>
          <th>Time</th>
          <th>Model</th>
          <th>What it met</th>
          <th className="num spare">Status</th>
        </tr>
      </thead>
      <tbody>
        {failures.map(({ provider, model, key, failure }) => {
          const { at, outcome, status, request_id: id } = failure;
          const words = outcomeWords(outcome);
          return (
            <tr key={`${provider}/${model} ${at} ${id} ${outcome}`}>
              <td className="soft">
                <Time at={at} />
              </td>
              <td className="model fill">
                <EntryName provider={provider} model={model} keyNumber={key} />
              </td>
              <td>
                {id === null ? (
                  words
                ) : (
                  <Link to="/requests/$id" params={{ id }} data-row="">
                    {words}
                  </Link>
                )}
              </td>
              <td className="num spare">{status ?? <span className="muted">–</span>}</td>
            </tr>
          );
        })}
        {failures.length === 0 && (
          <tr>
            <td colSpan={4} className="muted">
              No failed attempt since the gateway started.
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
