import { useMutation } from '@tanstack/react-query';
import { SpillwayError, type KeptBody } from 'spillway/client';
import type { ReactElement } from 'react';
import { client } from '../../api/client.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { formatCount } from '../../parts/numbers.ts';

/** The bodies of a request, which are read on request only: each reading is an entry of the audit trail. */
export function Bodies({ id }: { readonly id: string }): ReactElement {
  const read = useMutation({ mutationFn: () => client.requests.body({ id }) });
  const { data, error } = read;
  return (
    <section>
      <div className="bar">
        <h2>Bodies</h2>
        <span className="small muted">each reading is in the audit trail</span>
      </div>
      {error !== null && !isMissing(error) && (
        <ErrorPanel what="The bodies could not be read." error={error} onRetry={() => read.mutate()} />
      )}
      {data === undefined ? (
        <div className="bodies-ask">
          <p className="soft" role="status">
            {isMissing(error)
              ? 'No bodies of this request are kept. Which ones are is in the configuration (log.bodies).'
              : 'Secrets are redacted. Bodies are kept only where the configuration says so.'}
          </p>
          <button type="button" className="btn" disabled={read.isPending} onClick={() => read.mutate()}>
            Read the bodies
          </button>
        </div>
      ) : (
        <div className="bodies">
          <Body title="Request" body={data.request} />
          <Body title="Answer" body={data.answer} />
        </div>
      )}
    </section>
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof SpillwayError && error.code === 'not_found';
}

function Body({ title, body }: { readonly title: string; readonly body: KeptBody | null }): ReactElement {
  if (body === null)
    return (
      <div>
        <h3>{title}</h3>
        <p className="muted">Not kept.</p>
      </div>
    );
  const redacted = Object.entries(body.redactions).map(([what, times]) => `${times} ${what}`);
  const facts = [
    `${formatCount(body.bytes)} bytes`,
    ...(body.cut ? ['cut'] : []),
    ...(redacted.length > 0 ? [`redacted: ${redacted.join(', ')}`] : []),
  ];
  return (
    <div>
      <div className="bar">
        <h3>{title}</h3>
        <span className="small muted">{facts.join(', ')}</span>
      </div>
      <CodeBlock text={readable(body)} what={title} />
    </div>
  );
}

/** JSON with line breaks; anything else as it is. */
function readable({ format, text, cut }: KeptBody): string {
  if (format !== 'json' || cut) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
