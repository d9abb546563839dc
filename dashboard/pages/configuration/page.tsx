import { useQuery } from '@tanstack/react-query';
import type { ConfigView } from 'spillway/client';
import type { ReactElement } from 'react';
import { configQuery } from '../../api/queries.ts';
import { useIsAdmin } from '../../api/session.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { CheckText } from './check-text.tsx';

/** The configuration as it is served, what is wrong with a newer one, and what a changed one would do. */
export function ConfigurationPage(): ReactElement {
  const isAdmin = useIsAdmin();
  const query = useQuery(configQuery);
  return (
    <>
      <div className="head">
        <h1>Configuration</h1>
      </div>
      <Loaded query={query} what="The configuration" bones={8}>
        {(view) => (
          <>
            <Served view={view} />
            {isAdmin && <CheckText served={view} />}
            <section>
              <div className="bar">
                <h2>As served</h2>
                <span className="small muted">durations in milliseconds, sizes in bytes, secrets as ***</span>
              </div>
              <CodeBlock text={JSON.stringify(view.config, null, 2)} what="Configuration" />
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}

function Served({ view }: { readonly view: ConfigView }): ReactElement {
  const { source, loaded_at: loadedAt, rejected, restart } = view;
  return (
    <section>
      <dl className="defs">
        <dt>Source</dt>
        <dd title={source}>{source}</dd>
        <dt>Served since</dt>
        <dd>
          <Time at={loadedAt} />
        </dd>
        <dt>Newest version</dt>
        <dd>
          {rejected === null ? (
            <Status kind="ok">served</Status>
          ) : (
            <Status kind="bad">
              rejected at <Time at={rejected.at} />: the one before is served
            </Status>
          )}
        </dd>
        {restart.length > 0 && (
          <>
            <dt>Needs a restart</dt>
            <dd>
              <Status kind="near">{restart.join(', ')}</Status>
            </dd>
          </>
        )}
      </dl>
      {rejected !== null && (
        <ul className="problems">
          {rejected.problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
