import { Link } from '@tanstack/react-router';
import type { RequestRecord } from 'spillway/client';
import { type ReactElement, type ReactNode, useState } from 'react';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { formatCount, formatTime } from '../../parts/numbers.ts';
import { Time } from '../../parts/time.tsx';
import { traceUrl } from './trace-url.ts';

interface DetailsProps {
  readonly record: RequestRecord;
  readonly keyName: string;
  /** URL of traces with `{trace_id}`; null where none is configured. */
  readonly traceLink: string | null;
}

/** What else the row has. */
export function Details({ record, keyName, traceLink }: DetailsProps): ReactElement {
  const [open, setOpen] = useState(false);
  const { chain, requested_model: requested, trace_id: traceId, stream } = record;
  return (
    <section>
      <div className="bar">
        <h2>Details</h2>
        <button type="button" className="plain link small" onClick={() => setOpen(true)}>
          As JSON
        </button>
      </div>
      <dl className="defs">
        <Row name="Accepted">
          <Time at={record.accepted_at} exact />
        </Row>
        <Row name="Operation">
          {record.operation}
          {stream && !record.operation.endsWith('stream') ? ', stream' : ''}, over {record.door}
        </Row>
        <Row name="Chain">
          {chain ?? '–'}
          {requested !== null && requested !== chain && <span className="muted"> requested as {requested}</span>}
        </Row>
        <Row name="Result">
          {record.status} {record.code}
        </Row>
        <Row name="Key">
          <Link to="/keys/$id" params={{ id: record.key }}>
            {keyName}
          </Link>
        </Row>
        <Labels record={record} />
        {record.queued_ms > 0 && <Row name="Queue">{formatTime(record.queued_ms)}</Row>}
        <Row name="Bytes">
          {bytes(record.input_bytes)} in, {bytes(record.output_bytes)} out
        </Row>
        {record.remote !== null && <Row name="Client address">{record.remote}</Row>}
        {record.client_request_id !== null && (
          <Row name="Client’s id" mono>
            {record.client_request_id}
          </Row>
        )}
        <Row name="Row" mono>
          {record.id}
        </Row>
        {traceId !== null && (
          <Row name="Trace" mono>
            {traceLink === null ? (
              traceId
            ) : (
              <a href={traceUrl(traceLink, traceId)} target="_blank" rel="noreferrer">
                {traceId}
              </a>
            )}
          </Row>
        )}
      </dl>
      <Dialog title="The row as JSON" open={open} onClose={() => setOpen(false)}>
        <CodeBlock text={JSON.stringify(record, null, 2)} what="Row" />
      </Dialog>
    </section>
  );
}

/** Tenant, user and tags: each leads to the requests of the same. */
function Labels({ record: { tenant, user, tags } }: Pick<DetailsProps, 'record'>): ReactElement {
  return (
    <>
      {tenant !== null && (
        <Row name="Tenant">
          <Link to="/requests" search={{ tenant }}>
            {tenant}
          </Link>
        </Row>
      )}
      {user !== null && (
        <Row name="User">
          <Link to="/requests" search={{ user }}>
            {user}
          </Link>
        </Row>
      )}
      {tags.length > 0 && (
        <Row name="Tags">
          {tags.map((tag) => (
            <Link key={tag} to="/requests" search={{ tag }} className="tag">
              {tag}
            </Link>
          ))}
        </Row>
      )}
    </>
  );
}

interface RowProps {
  readonly name: string;
  readonly mono?: boolean;
  readonly children: ReactNode;
}

function Row({ name, mono = false, children }: RowProps): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={mono ? 'mono' : undefined}>{children}</dd>
    </div>
  );
}

function bytes(size: number | null): string {
  return size === null ? '–' : formatCount(size);
}
