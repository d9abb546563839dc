import type { ConfigCheck } from 'spillway/client';
import type { ReactElement } from 'react';
import { Status } from '../../parts/status.tsx';
import { showValue } from '../../parts/show-value.ts';

interface CheckResultProps {
  readonly result: ConfigCheck;
  /** The text that was checked. */
  readonly text: string;
}

/** The problems of a text with their lines, or what a reload with it would change. */
export function CheckResult({ result, text }: CheckResultProps): ReactElement {
  return (
    <div role="status" className="check-result">
      {result.ok ? <Changes result={result} /> : <Problems result={result} text={text} />}
    </div>
  );
}

function Problems({ result, text }: CheckResultProps): ReactElement {
  const lines = text.split('\n');
  return (
    <ul className="problems">
      {result.problems.map(({ path, message, line }) => (
        <li key={`${path} ${line} ${message}`}>
          <p>
            {line !== undefined && <span className="muted">line {line} </span>}
            {path !== '' && <code>{path}</code>} <span className="bad">{message}</span>
          </p>
          {line !== undefined && (
            <p>
              <code className="muted">{lines[line - 1]?.trim()}</code>
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

function Changes({ result }: { readonly result: ConfigCheck }): ReactElement {
  const { changes = [], changes_omitted: omitted = 0, restart = [] } = result;
  return (
    <>
      <p>
        <Status kind="ok">No problem. </Status>{' '}
        {changes.length === 0 ? 'A reload would change nothing.' : 'A reload would change:'}
      </p>
      {changes.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Member</th>
              <th>Served now</th>
              <th>After a reload</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ path, before, after }) => (
              <tr key={path}>
                <td>
                  <code>{path}</code>
                </td>
                <td className="cut">
                  <code>{showValue(before)}</code>
                </td>
                <td className="cut">
                  <code>{showValue(after)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {omitted > 0 && <p className="small muted">{omitted} more changes are not listed.</p>}
      {restart.length > 0 && (
        <p>
          <Status kind="near">{restart.join(', ')} would take effect at the next start only</Status>
        </p>
      )}
    </>
  );
}
